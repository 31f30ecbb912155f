"""The whole path in one process: real database, real SDK, the sandbox's Stripe, its webhooks."""

import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
import stripe as stripe_sdk
from fastapi import FastAPI

from djplatform.core.db import Scope, Tx, unit
from djplatform.core.ids import new_id
from djplatform.core.money import Money
from djplatform.features.accounts import models as accounts_models
from djplatform.features.payments import jobs, service
from djplatform.features.payments.api import router
from djplatform.features.payments.dto import (
    Look,
    PaymentView,
    StartOnboarding,
    StartPayment,
    Takings,
)
from djplatform.features.payments.service import gateway, sellables
from djplatform.features.payments.service.sellables import SaleDescription
from djplatform.sandbox import clockwork
from djplatform.sandbox.app import make_app, make_sandbox
from djplatform.sandbox.config import from_settings
from djplatform.sandbox.core import Sandbox
from djplatform.settings import settings
from djplatform.vendors.stripe.live import StripeLive
from djplatform.vendors.stripe.port import API_VERSION
from tests.contracts.contract import Guarded, Overheard, assert_none, stripe_contract_if_there
from tests.sandbox.memory_store import MemoryStore

assert jobs  # declares what the worker runs
assert accounts_models  # declares the table that every tenant table refers to

PUBLIC = "http://sandbox.test"
LINKS = {
    "return_url": "http://tipjar.test/paid/{payment}",
    "cancel_url": "http://tipjar.test/t/jay",
}


@dataclass
class Sold:
    """A Sellable that remembers what it was told."""

    kind: str = "tip"
    told: list[tuple[str, PaymentView]] = field(default_factory=list)
    failures: int = 0
    """How many times on_paid raises before it succeeds."""

    async def describe(self, tx: Tx, subject_id: UUID) -> SaleDescription:
        return SaleDescription("Tip for Jay Martell")

    async def on_pending(self, tx: Tx, payment: PaymentView) -> None:
        self.told.append(("pending", payment))

    async def on_paid(self, tx: Tx, payment: PaymentView) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the worker died here")
        self.told.append(("paid", payment))

    async def on_closed(self, tx: Tx, payment: PaymentView) -> None:
        self.told.append((payment.status.value, payment))

    async def on_refunded(self, tx: Tx, payment: PaymentView, taken: Takings) -> None:
        self.told.append(("taken back" if taken.gross.minor >= 0 else "given again", payment))

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.told]


@dataclass
class Stage:
    """What a test acts with."""

    world: Any
    db: Any
    sandbox: Sandbox
    browser: httpx.AsyncClient
    """Speaks to the sandbox: hosted pages and control."""
    app: httpx.AsyncClient
    """Speaks to our webhook endpoints."""
    sold: Sold
    drain_jobs: Callable[[], Any]

    async def control(self, path: str, /, **body: Any) -> Any:
        answer = await self.browser.post(f"/control/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def deliver(self) -> None:
        """Everything that Stripe has to say, without our jobs."""
        await clockwork.drain(self.sandbox)

    async def settle(self) -> None:
        """Everything that waits on both sides."""
        for _ in range(3):
            await self.deliver()
            await self.drain_jobs()

    async def connect(self, actor: Any = None, *, active: bool = True) -> str:
        """An organization with a finished account; returns the account's id."""
        actor = actor or self.world.owner
        command = StartOnboarding(return_url="http://x.test/r", refresh_url="http://x.test/f")
        await service.start_onboarding(actor, command)
        account = self.db.rows(
            "select external_id from connected_accounts where organization_id = %s",
            actor.organization_id,
        )[0]["external_id"]
        if active:
            await self.control(f"accounts/{account}", status="active")
            await self.settle()
        return account

    @property
    def guest(self) -> Scope:
        return Scope.guest(self.world.a, self.world.device)

    async def start(self, minor: int = 500, **more: Any) -> PaymentView:
        scope = more.pop("scope", self.guest)
        values = {
            "kind": "tip",
            "subject_id": more.pop("subject_id", None) or new_id(),
            "amount": Money(minor, more.pop("currency", "GBP")),
            "look": Look(brand_name="TipJar", button_color="#f2a33a"),
            **LINKS,
            **more,
        }
        async with unit(scope) as tx:
            return await service.start_payment(tx, StartPayment(**values))

    async def open(self, payment: PaymentView, device: UUID | None = None) -> str:
        return await service.open_checkout(
            payment.organization_id, device or self.world.device, payment.id
        )

    async def press_pay(self, url: str, **typed: str) -> httpx.Response:
        form = {
            "email": "fan@example.com",
            "number": "4242424242424242",
            "expiry": "12 / 34",
            "cvc": "123",
            "name": "Fan",
            "method": "card",
            **typed,
        }
        return await self.browser.post(urlsplit(url).path, data=form)

    async def tip(self, minor: int = 500, **more: Any) -> PaymentView:
        """A tip from the form to the hosted page's button; webhooks are still under way."""
        payment = await self.start(minor, **more)
        await self.press_pay(await self.open(payment))
        return payment

    async def view(self, payment: PaymentView) -> PaymentView:
        async with unit(self.guest) as tx:
            return await service.payment_status(tx, payment.id)

    def row(self, payment: PaymentView) -> dict[str, Any]:
        return self.db.rows("select * from payments where id = %s", payment.id)[0]

    def events(self, type_like: str = "%") -> list[dict[str, Any]]:
        return self.db.rows("select * from inbox where type like %s order by id", type_like)

    def journal(self) -> list[tuple[str, int]]:
        rows = self.db.rows(
            "select e.transition, a.kind, l.amount_minor from journal_lines l "
            "join journal_entries e on e.id = l.entry_id "
            "join ledger_accounts a on a.id = l.account_id order by e.transition, a.kind"
        )
        return [(f"{r['transition']}/{r['kind']}", r["amount_minor"]) for r in rows]

    async def post(
        self,
        event: dict[str, Any],
        *,
        path: str = "/api/webhooks/stripe/tipjar/snapshot",
        secret: str = "whsec_tipjar_snapshot",
        age: int = 0,
        **more: Any,
    ) -> httpx.Response:
        """Post an event as Stripe would sign it."""
        raw = json.dumps(event)
        stamp = int(time.time()) - age
        signed = stripe_sdk.WebhookSignature._compute_signature(f"{stamp}.{raw}", secret)
        headers = {"stripe-signature": f"t={stamp},v1={signed}", **more.pop("headers", {})}
        return await self.app.post(path, content=raw, headers=headers, **more)


def snapshot(type_: str, obj: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event with its object."""
    return {
        "id": f"evt_{new_id().hex}",
        "object": "event",
        "api_version": API_VERSION,
        "type": type_,
        "livemode": False,
        "created": int(time.time()),
        "data": {"object": obj},
        **more,
    }


def about(payment: PaymentView, **fields: Any) -> dict[str, Any]:
    """An object that carries our ids."""
    metadata = {
        "payment_id": str(payment.id),
        "organization_id": str(payment.organization_id),
    }
    return {"metadata": metadata, "currency": payment.total.currency.lower(), **fields}


@pytest.fixture
async def stage(
    db: Any, world: Any, environment: Any, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    for brand in ("tipjar", "djdash"):
        environment(
            **{
                f"DJP_STRIPE__{brand}__secret_key": f"sk_test_{brand}_0123456789",
                f"DJP_STRIPE__{brand}__snapshot_secrets": json.dumps([f"whsec_{brand}_snapshot"]),
                f"DJP_STRIPE__{brand}__thin_secrets": json.dumps([f"whsec_{brand}_thin"]),
                f"DJP_STRIPE__{brand}__statement_prefix": brand.upper(),
                f"DJP_STRIPE__{brand}__country": "GB" if brand == "tipjar" else "US",
            }
        )
    ours = FastAPI()
    ours.include_router(router)
    contract = stripe_contract_if_there()
    overheard = Overheard(httpx.ASGITransport(ours), contract)
    sandbox = make_sandbox(from_settings(settings()), MemoryStore(), transport=overheard)
    contracts = {"/stripe": contract} if contract else {}
    guard = Guarded(make_app(sandbox, by_itself=False), contracts)
    theirs = httpx.ASGITransport(guard)
    adapters = {
        brand: StripeLive(account, base=f"{PUBLIC}/stripe", transport=theirs, max_retries=0)
        for brand, account in settings().stripe.items()
    }
    monkeypatch.setattr(gateway, "client", lambda brand: adapters[brand])
    sold = Sold()
    monkeypatch.setattr(sellables, "_catalogue", lambda: {"tip": sold})
    async with (
        httpx.AsyncClient(transport=theirs, base_url=PUBLIC) as browser,
        httpx.AsyncClient(transport=httpx.ASGITransport(ours), base_url="http://127.0.0.1") as app,
    ):
        yield Stage(world, db, sandbox, browser, app, sold, drain)
    assert_none(guard.problems)
    assert_none(overheard.problems)
