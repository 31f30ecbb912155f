"""The factory of Stripe clients and the transport between the SDK and the network."""

import httpx
import pytest
import stripe as sdk

from djplatform.core.db import VendorCallInsideUnit, uow
from djplatform.core.errors import VendorUnavailable
from djplatform.settings import settings
from djplatform.vendors.errors import VendorOff
from djplatform.vendors.resend import live as resend
from djplatform.vendors.stripe import live as stripe
from tests.sandbox.conftest import PUBLIC, Bench, bench, stripe_account

__all__ = ["bench"]


@pytest.fixture(autouse=True)
def fresh_settings(monkeypatch: pytest.MonkeyPatch):
    for name in ("DJP_STRIPE", "DJP_RESEND_KEY", "DJP_STRIPE__TIPJAR__SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    caches = (settings, stripe.client, resend.client)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


def test_a_vendor_without_a_key_is_off_and_says_so() -> None:
    with pytest.raises(VendorOff, match="Stripe is switched off: DJP_STRIPE__TIPJAR__SECRET_KEY"):
        stripe.client("tipjar")
    with pytest.raises(VendorOff, match="DJP_RESEND_KEY"):
        resend.client()


def test_one_client_a_brand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJP_STRIPE", '{"tipjar": {"secret_key": "sk_test_a"}}')
    monkeypatch.setenv("DJP_STRIPE_BASE", "http://127.0.0.1:1/stripe")
    assert stripe.client("tipjar") is stripe.client("tipjar")
    with pytest.raises(VendorOff):
        stripe.client("djdash")


async def test_no_call_inside_an_open_unit(bench: Bench) -> None:
    token = uow._open_unit.set(True)
    try:
        with pytest.raises(VendorCallInsideUnit):
            await bench.stripe().retrieve_account("acct_1")
    finally:
        uow._open_unit.reset(token)
    assert bench.guard.seen == []


class Slow(httpx.AsyncBaseTransport):
    """Times out a few times, then lets the request through."""

    def __init__(self, inner: httpx.AsyncBaseTransport, times: int) -> None:
        self.inner = inner
        self.times = times

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.times -= 1
        if self.times >= 0:
            # The vendor has done its work; only the answer is late.
            await self.inner.handle_async_request(request)
            raise httpx.ReadTimeout("too slow")
        return await self.inner.handle_async_request(request)


@pytest.mark.feature(89)
async def test_a_timeout_is_tried_again_and_makes_one_account(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk.HTTPClient, "INITIAL_DELAY", 0.0)
    asgi = httpx.ASGITransport(bench.guard)
    person = {"email": "dj@example.com", "country": "US", "name": "DJ"}
    patient = stripe.StripeLive(
        stripe_account("tipjar"), base=f"{PUBLIC}/stripe", transport=Slow(asgi, 2)
    )
    made = await patient.create_account(idempotency_key="one", **person)
    async with bench.sandbox.store.transaction() as rows:
        assert [one["id"] for one in await rows.find("account")] == [made.account_id]
    hopeless = stripe.StripeLive(
        stripe_account("tipjar"), base=f"{PUBLIC}/stripe", transport=Slow(asgi, 9)
    )
    with pytest.raises(VendorUnavailable):
        await hopeless.create_account(idempotency_key="two", **person)
    assert await bench.stripe().create_account(idempotency_key="two", **person) != made


async def test_the_wire_carries_version_key_and_our_idempotency_key(bench: Bench) -> None:
    seen: list[dict[str, str]] = []
    inner = bench.guard.app

    async def spy(scope, receive, send):
        seen.append({k.decode(): v.decode() for k, v in scope.get("headers", [])})
        await inner(scope, receive, send)

    bench.guard.app = spy
    await bench.stripe().create_account(
        idempotency_key="organization-1", email="dj@example.com", country="US", name="DJ"
    )
    assert seen[0]["stripe-version"] == "2026-05-27.dahlia"
    assert seen[0]["idempotency-key"] == "organization-1"
    assert seen[0]["authorization"] == "Bearer sk_test_tipjar_0123456789"
    assert "x-stripe-client-telemetry" not in seen[0]
