"""The way to the processor's onboarding and back, over HTTP, as a browser's plain form goes it."""

import httpx
import pytest
from starlette.staticfiles import StaticFiles

from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.core.errors import VendorUnavailable
from djplatform.core.limits import limits
from djplatform.features.payments.feature import FEATURE
from djplatform.features.payments.service import gateway
from djplatform.ui import visit
from djplatform.ui.hosts import BrandView
from djplatform.ui.site import Site
from djplatform.ui.visit import Identity
from djplatform.ui.web import make_api, protected

HOST = "http://tipjar.localhost:8123"
CONNECT = "/payments/connect"
TIPJAR = BrandView("tipjar", "TipJar", "/tipjar/dashboard", "tipjar.localhost")


class Door:
    """A browser whose person a test chooses."""

    def __init__(self, client: httpx.AsyncClient, actor: Actor) -> None:
        self.client = client
        self.actor = actor

    async def connect(self, origin: str = HOST) -> httpx.Response:
        return await self.client.post(CONNECT, headers={"origin": origin})

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)


@pytest.fixture
async def door(stage):
    site = Site()
    site.add([FEATURE])
    made = protected(make_api(site, StaticFiles(directory="/nonexistent", check_dir=False)))
    await limits.reset()
    transport = httpx.ASGITransport(app=made, client=("203.0.113.9", 5000))
    page = {"accept": "text/html"}
    async with httpx.AsyncClient(transport=transport, base_url=HOST, headers=page) as client:
        here = Door(client, stage.world.owner)

        async def resolve(_host):
            return TIPJAR

        async def identify(_connection, _brand):
            return Identity(here.actor)

        visit.configure(resolve_host=resolve, identify=identify)
        yield here
    visit.configure()


def accounts(stage) -> list:
    return stage.db.rows("select organization_id, external_id from connected_accounts")


async def test_a_click_leads_to_the_hosted_form_and_a_second_one_to_the_same_account(stage, door):
    first, second = await door.connect(), await door.connect()
    for answer in (first, second):
        assert answer.status_code == 303
        assert "/onboarding/" in answer.headers["location"]
        assert answer.headers["cache-control"] == "no-store"
    # Links are single use, so each click gets its own.
    assert first.headers["location"] != second.headers["location"]
    (account,) = accounts(stage)
    assert account["organization_id"] == stage.world.a


async def test_an_expired_link_is_replaced_by_a_new_one(stage, door):
    await door.connect()
    answer = await door.get("/payments/connect/refresh")
    assert (answer.status_code, len(accounts(stage))) == (303, 1)
    assert "/onboarding/" in answer.headers["location"]


async def test_coming_back_asks_for_the_account_and_goes_to_the_own_dashboard(stage, door):
    await door.connect()
    (account,) = accounts(stage)
    await stage.control(f"accounts/{account['external_id']}", status="active")
    answer = await door.get("/payments/connect/return")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tipjar/dashboard")
    await stage.drain_jobs()
    assert stage.db.rows("select ready from connected_accounts") == [{"ready": True}]
    assert (await door.get(CONNECT)).headers["location"] == "/tipjar/dashboard"


async def test_who_may_not_connect_changes_nothing(stage, door):
    for actor, status in ((stage.world.viewer, 403), (stage.world.mate, 403), (ANONYMOUS, 303)):
        door.actor = actor
        answer = await door.connect()
        assert answer.status_code == status
        if actor is ANONYMOUS:
            assert answer.headers["location"].startswith("/login?next=")
    door.actor = stage.world.owner
    assert (await door.connect("http://evil.example")).status_code == 403
    assert accounts(stage) == []


async def test_without_a_country_it_says_what_comes_first(stage, door):
    stage.db.rows(
        "update organizations set country = null, currency = null where id = %s", stage.world.a
    )
    answer = await door.connect()
    assert answer.status_code == 422
    assert "choose your country first" in answer.text
    assert 'href="/tipjar/dashboard"' in answer.text
    assert accounts(stage) == []


async def test_when_the_processor_is_down_the_page_is_kind_and_the_next_click_goes_on(
    stage, door, monkeypatch
):
    working = gateway.client

    class Down:
        async def create_account(self, **_values):
            raise VendorUnavailable

    monkeypatch.setattr(gateway, "client", lambda _brand: Down())
    answer = await door.connect()
    assert answer.status_code == 503
    assert "Nothing is lost" in answer.text
    assert f'action="{CONNECT}"' in answer.text
    assert 'href="/tipjar/dashboard"' in answer.text
    monkeypatch.setattr(gateway, "client", working)
    assert (await door.connect()).status_code == 303
    (account,) = accounts(stage)
    assert account["external_id"]
