"""Kept actions over HTTP: once, by whoever kept them, under the same rules as from a page."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
import reflex as rx
from starlette.requests import HTTPConnection

from djplatform.core.actor import ANONYMOUS, Actor, Permission
from djplatform.core.db import Scope, unit
from djplatform.core.ids import new_id
from djplatform.core.limits import limits
from djplatform.features.events import service as events
from djplatform.features.events.dto import StartTonight
from djplatform.ui.hosts import BrandView
from djplatform.ui.outbox_api import ACCOUNT, KEY, account_of
from djplatform.ui.pages import ConsolePage
from djplatform.ui.site import Site
from djplatform.ui.visit import Identity
from tests.ui.web_site import browser, resolve_host

pytestmark = pytest.mark.feature("B2/outbox")

END = "/api/outbox/events.end_event"
ORIGIN = "http://tipjar.localhost:8123"
BOOTH = ConsolePage(
    "/booth/[event]", rx.el.div, "Booth", Permission.TIPS_READ, keeps=("events.end_event",)
)


@dataclass(frozen=True)
class Night:
    """A running night of organization `a`, and how to ask for its end."""

    client: httpx.AsyncClient
    people: dict[str, Actor]
    event: UUID
    rows: Callable[..., list[dict]]

    async def end(self, who: str, key: UUID | str | None = None, **more: Any) -> httpx.Response:
        """Send the action as a browser would; `more` changes its fields or its headers."""
        actor = self.people.get(who, ANONYMOUS)
        headers = {
            "Origin": ORIGIN,
            "Cookie": f"sid={who}",
            ACCOUNT: account_of(actor),
            KEY: str(key or new_id()),
        }
        fields = more.get("fields", {"event_id": str(self.event)})
        return await self.client.post(
            more.get("path", END),
            data=fields,
            headers={k: v for k, v in (headers | more.get("headers", {})).items() if v},
        )

    def happened(self) -> tuple[str, int, int]:
        """The night's state, how often it was ended, and how many keys were stored."""
        [row] = self.rows(
            "select status, (select count(*) from audit_log where action = 'events.end_event')"
            " as ends, (select count(*) from idempotency_keys) as keys from events"
        )
        return row["status"], row["ends"], row["keys"]


@pytest.fixture
async def night(db, world) -> AsyncIterator[Night]:
    await limits.reset()
    people = {name: getattr(world, name) for name in ("owner", "mate", "viewer", "outsider")}

    async def identify(connection: HTTPConnection, _brand: BrandView) -> Identity:
        return Identity(people.get(connection.cookies.get("sid", ""), ANONYMOUS))

    async with unit(Scope.of(world.owner)) as tx:
        started = await events.start_tonight(tx, world.owner, StartTonight(title="Friday"))
    site = Site(consoles=[BOOTH], resolve_host=resolve_host, identify=identify)
    async with browser(site) as client:
        yield Night(client, people, started.event.id, db.rows)
    await limits.reset()


async def test_an_action_that_is_sent_again_acts_once_and_is_told_the_same(night):
    key = new_id()
    first = await night.end("owner", key)
    again = await night.end("owner", key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.json()["status"] == "ended"
    assert first.headers[KEY] == str(key)
    assert first.headers["cache-control"] == "no-store"
    assert night.happened() == ("ended", 1, 1)


async def test_five_at_once_act_once(night):
    key = new_id()
    answers = await asyncio.gather(*(night.end("owner", key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert night.happened() == ("ended", 1, 1)


EVIL = {"headers": {"Origin": "http://evil.example"}}


@pytest.mark.parametrize(
    ("who", "how", "status"),
    [
        ("nobody", {}, 401),
        ("viewer", {}, 403),
        ("outsider", {}, 404),
        ("owner", EVIL, 403),
        ("owner", {"headers": {"Origin": "null"}}, 403),
        ("owner", {"headers": {KEY: ""}}, 422),
        ("owner", {"headers": {KEY: "1"}}, 422),
        ("owner", {"headers": {ACCOUNT: "f" * 16}}, 401),
        ("owner", {"headers": {"Host": "stranger.example"}}, 421),
        ("owner", {"fields": {}}, 422),
        ("owner", {"fields": {"event_id": "tonight"}}, 422),
        ("owner", {"fields": {"event_id": str(new_id())}}, 404),
        ("owner", {"path": "/api/outbox/events.start_tonight"}, 404),
    ],
)
async def test_what_is_refused_changes_nothing_and_leaves_no_key(night, who, how, status):
    answer = await night.end(who, **how)
    assert answer.status_code == status
    assert night.happened() == ("live", 0, 0)


async def test_what_is_wrong_is_said_by_field(night):
    answer = await night.end("owner", fields={"event_id": "tonight"})
    assert list(answer.json()["fields"]) == ["event_id"]
    assert answer.json()["error"]


async def test_a_number_stands_for_one_action_of_one_person(night):
    key = new_id()
    await night.end("owner", key)
    other = await night.end("owner", key, fields={"event_id": str(new_id())})
    mate = await night.end("mate", key)
    assert (other.status_code, mate.status_code) == (409, 409)
    assert night.happened() == ("ended", 1, 1)


async def test_actions_count_as_calls_of_their_person(night, environment):
    environment(DJP_LIMIT_API="2 per minute")
    answers = [(await night.end("owner")).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_an_account_is_a_person_in_an_organization(world):
    other = Actor(world.owner.user_id, world.b, world.owner.role)
    tags = [account_of(one) for one in (world.owner, world.mate, other, ANONYMOUS)]
    assert len(set(tags)) == 4
    assert not any(str(world.owner.user_id)[:8] in tag for tag in tags)
