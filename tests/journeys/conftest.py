"""The product in one process, and the product as it runs."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from djplatform import registry
from djplatform.core import crypto
from djplatform.core.secrets import Serving, load_or_create
from djplatform.core.secrets import environment as told
from djplatform.features.notifications import service as notifications
from djplatform.features.payments.service import gateway
from djplatform.sandbox.app import make_app, make_sandbox
from djplatform.sandbox.config import from_settings
from djplatform.settings import settings
from djplatform.temporary import temporary_product
from djplatform.ui.web import protected
from djplatform.vendors.resend.live import ResendLive
from djplatform.vendors.stripe.live import StripeLive
from tests.contracts.contract import (
    RESEND,
    Guarded,
    Overheard,
    assert_none,
    has,
    resend_contract,
    stripe_contract,
)
from tests.in_process import site_of
from tests.journeys.books import assert_whole
from tests.journeys.house import PORT, SANDBOX, SANDBOX_PORT, House, Ports, Recorder
from tests.journeys.running import WIDE_LIMITS, Running
from tests.sandbox.memory_store import MemoryStore


@pytest.fixture
async def house(
    db: Any, environment: Any, drain: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """An empty product with its sandbox; nobody has signed up yet."""
    monkeypatch.setattr(crypto, "_hasher", PasswordHasher(1, 8, 1))
    crypto._nobodys_hash.cache_clear()
    serving = Serving(tmp_path, PORT, SANDBOX_PORT, sandbox=True)
    given = told(load_or_create(tmp_path), {}, serving, "tools")
    # The template database of the tests has its own key for scopes.
    environment(**{name: value for name, value in given.items() if name != "DJP_SCOPE_KEY"})
    async with site_of(registry.features()) as api:
        web = httpx.ASGITransport(app=protected(api), client=("203.0.113.9", 5000))
        overheard = Overheard(web, stripe_contract())
        sandbox = make_sandbox(from_settings(settings()), MemoryStore(), transport=overheard)
        contracts = {"/stripe": stripe_contract()}
        if has(RESEND):
            contracts["/resend"] = resend_contract()
        guard = Guarded(make_app(sandbox, by_itself=False), contracts)
        recorder = Recorder(httpx.ASGITransport(app=guard))
        _use_sandbox(monkeypatch, recorder)
        found = House(
            db, sandbox, Ports({PORT: web, SANDBOX_PORT: httpx.ASGITransport(app=guard)}), recorder,
            drain,
        )  # fmt: skip
        yield found
        for visitor in found.visitors:
            await visitor.close()
    assert_none(guard.problems)
    assert_none(overheard.problems)


def _use_sandbox(monkeypatch: pytest.MonkeyPatch, transport: httpx.AsyncBaseTransport) -> None:
    """Let our adapters speak to the sandbox of this process instead of a port."""
    adapters = {
        brand: StripeLive(account, base=f"{SANDBOX}/stripe", transport=transport, max_retries=0)
        for brand, account in settings().stripe.items()
    }
    key = settings().resend_key.get_secret_value()
    mail = ResendLive(key, base=f"{SANDBOX}/resend", attempts=1, transport=transport)
    monkeypatch.setattr(gateway, "client", lambda brand: adapters[brand])
    monkeypatch.setattr(notifications, "client", lambda: mail)


@pytest.fixture(scope="package")
def product() -> Iterator[Running]:
    """A product of its own with the demo's people, shared by every test that breaks it."""
    with temporary_product(environment=WIDE_LIMITS) as found:
        yield Running(found)


@pytest.fixture
async def running(product: Running) -> AsyncIterator[Running]:
    """The running product, healthy before a fault, and with whole books after it."""
    await product.control("webhooks", paused=False, order="stripe", delay=0)
    await product.control("fail", count=0)
    yield product
    await product.close()
    await assert_whole(product)
