"""A sandbox whose every word is held to the vendors' contracts, and receivers of its webhooks."""

import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from djplatform.core import clock
from djplatform.core.money import Money
from djplatform.sandbox import clockwork
from djplatform.sandbox.app import make_app, make_sandbox
from djplatform.sandbox.config import BrandAccount, SandboxConfig
from djplatform.sandbox.core import Sandbox
from djplatform.settings import StripeAccount
from djplatform.vendors.stripe.live import StripeLive
from djplatform.vendors.stripe.port import CheckoutLook, CheckoutOrder, CheckoutSession
from tests.contracts.contract import (
    RESEND,
    Guarded,
    Overheard,
    assert_none,
    has,
    resend_contract,
    stripe_contract,
)
from tests.sandbox.memory_store import MemoryStore

PUBLIC = "http://sandbox.test"
RESEND_KEY = "re_test_key"


def stripe_account(brand: str, country: str = "US") -> StripeAccount:
    return StripeAccount(
        secret_key=SecretStr(f"sk_test_{brand}_0123456789"),
        snapshot_secrets=[SecretStr(f"whsec_{brand}_snapshot")],
        thin_secrets=[SecretStr(f"whsec_{brand}_thin")],
        statement_prefix=brand[:6].upper(),
        country=country,
    )


def brand_account(brand: str) -> BrandAccount:
    account = stripe_account(brand)
    return BrandAccount(
        brand=brand,
        secret_key=account.secret_key.get_secret_value(),
        snapshot_secrets=tuple(s.get_secret_value() for s in account.snapshot_secrets),
        thin_secrets=tuple(s.get_secret_value() for s in account.thin_secrets),
        statement_prefix=account.statement_prefix,
    )


@dataclass
class Received:
    """One webhook as it arrived."""

    path: str
    headers: httpx.Headers
    raw: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.raw)

    @property
    def type(self) -> str:
        return self.event["type"]


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """Stands where the product's webhook endpoints are; answers from `statuses`, then 200."""

    got: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raw = await request.aread()
        self.got.append(Received(request.url.path, request.headers, raw))
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise httpx.ConnectError("nobody there")
        return httpx.Response(status)

    def types(self, endpoint: str = "snapshot") -> list[str]:
        return [one.type for one in self.got if one.path.endswith(endpoint)]

    def hook(self, kind: str) -> Received:
        """The newest webhook of a type."""
        return next(one for one in reversed(self.got) if one.type == kind)

    def last(self, kind: str) -> dict[str, Any]:
        """The newest event of a type."""
        return self.hook(kind).event


@dataclass
class Bench:
    """The sandbox, the guard around it, the receiver of its webhooks, and a browser."""

    sandbox: Sandbox
    guard: Guarded
    receiver: Receiver
    browser: httpx.AsyncClient

    def stripe(self, brand: str = "tipjar", **more: Any) -> StripeLive:
        account = more.pop("account", None) or stripe_account(brand)
        transport = httpx.ASGITransport(self.guard)
        return StripeLive(account, base=f"{PUBLIC}/stripe", transport=transport, **more)

    async def drain(self) -> None:
        await clockwork.drain(self.sandbox)

    async def control(self, path: str, /, **body: Any) -> httpx.Response:
        return await self.browser.post(f"/control/{path}", json=body)

    async def api(self, method: str, path: str, brand: str = "tipjar", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer sk_test_{brand}_0123456789", **more.pop("headers", {})}
        return await self.browser.request(method, f"/stripe{path}", headers=headers, **more)

    async def payee(self, brand: str = "tipjar", country: str = "US") -> str:
        """A connected account that has finished onboarding."""
        stripe = self.stripe(brand)
        made = await stripe.create_account(
            idempotency_key=f"acct-{brand}-{country}", email="dj@example.com", country=country,
            name="DJ Test",
        )  # fmt: skip
        await self.control(f"accounts/{made.account_id}", status="active")
        return made.account_id

    async def checkout(
        self, key: str = "tip-1", brand: str = "tipjar", **changes: Any
    ) -> CheckoutSession:
        destination = changes.pop("destination", None) or await self.payee(brand)
        order = make_order(destination, **changes)
        return await self.stripe(brand).create_checkout(order, idempotency_key=key)

    async def charge_of(self, session: CheckoutSession) -> str:
        """The id of the latest charge of a checkout."""
        found = await self.stripe().retrieve_checkout(session.session_id)
        intent = await self.api("GET", f"/v1/payment_intents/{found.payment_intent_id}")
        return intent.json()["latest_charge"]

    async def balance(self) -> int:
        """What the brand's account at Stripe holds."""
        return (await self.api("GET", "/v1/balance")).json()["available"][0]["amount"]

    async def pay(self, session: CheckoutSession, **typed: str) -> httpx.Response:
        """Fill in the hosted page as it stands and press its button."""
        shown = await self.browser.get(urlsplit(session.url).path)
        form = inputs(shown.text) | {"email": "fan@example.com"} | typed
        return await self.browser.post(urlsplit(session.url).path, data=form)


def inputs(page: str) -> dict[str, str]:
    """The values that a browser would send for the page's inputs."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and value and ('type="radio"' not in tag or " checked" in tag):
            found[name[1]] = value[1]
    return found


def make_order(destination: str, **changes: Any) -> CheckoutOrder:
    base: dict[str, Any] = {
        "amount": Money(500, "USD"),
        "application_fee": Money(48, "USD"),
        "title": "Tip for DJ Test",
        "destination": destination,
        "destination_country": "US",
        "payee_name": "DJ Tést",
        "reference": "pay_1",
        "success_url": "http://tipjar.test/paid?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://tipjar.test/t/dj-test",
        "expires_at": clock.now() + timedelta(hours=1),
        "look": CheckoutLook("TipJar", button_color="#f2a33a"),
        "metadata": {"payment": "pay_1", "kind": "tip"},
    }
    return CheckoutOrder(**(base | changes))


@pytest.fixture
async def bench() -> AsyncGenerator[Bench]:
    receiver = Receiver()
    config = SandboxConfig(
        brands={name: brand_account(name) for name in ("tipjar", "djdash")},
        public_url=PUBLIC,
        webhook_base="http://app.test/api/webhooks/stripe",
        resend_key=RESEND_KEY,
        settle_after=0.0,
    )
    overheard = Overheard(receiver, stripe_contract())
    sandbox = make_sandbox(config, MemoryStore(), transport=overheard)
    contracts = {"/stripe": stripe_contract()}
    if has(RESEND):
        contracts["/resend"] = resend_contract()
    guard = Guarded(make_app(sandbox, by_itself=False), contracts)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(guard), base_url=PUBLIC, follow_redirects=False
    ) as browser:
        yield Bench(sandbox, guard, receiver, browser)
    assert_none(guard.problems)
    assert_none(overheard.problems)
