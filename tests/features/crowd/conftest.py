"""A fan's browser before the real pages, with the sandbox's Stripe behind them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from starlette.staticfiles import StaticFiles

from djplatform.core.db import Scope, unit
from djplatform.core.limits import limits
from djplatform.features.crowd.feature import FEATURE
from djplatform.features.crowd.service.selling import TIP
from djplatform.features.events import service as events
from djplatform.features.events.dto import EventView, StartTonight
from djplatform.features.payments.service import sellables
from djplatform.ui import session, visit
from djplatform.ui.hosts import NEUTRAL, BrandView
from djplatform.ui.site import Site
from djplatform.ui.web import make_api, protected
from tests.features.payments.conftest import Stage, stage

__all__ = ["stage"]

BRANDS = {
    f"{key}.localhost": BrandView(key, name, f"/{key}/dashboard", f"{key}.localhost")
    for key, name in (("tipjar", "TipJar"), ("djdash", "DJ Dash"), ("m10dj", "M10 DJ Company"))
} | dict.fromkeys(("localhost", "127.0.0.1"), NEUTRAL)
HOST = "http://tipjar.localhost:8123"
JAY = "/t/jay-martell"


async def resolve_host(host: str) -> BrandView | None:
    return BRANDS.get(host)


@dataclass
class Fan:
    """One browser."""

    client: httpx.AsyncClient

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def form(self, path: str = JAY) -> dict[str, str]:
        """What the page's form would send if nothing was touched."""
        return filled(await self.get(path))

    async def send(self, fields: dict[str, str], path: str = JAY, **more: Any) -> httpx.Response:
        headers = {"origin": str(self.client.base_url), **more.pop("headers", {})}
        return await self.client.post(path, data=fields, headers=headers, **more)

    async def tip(self, **typed: str) -> httpx.Response:
        """Fill in the form and press the button."""
        return await self.send(await self.form() | typed)


def filled(answer: httpx.Response) -> dict[str, str]:
    """The values of a form as a browser would post them: text fields, the checked radio, ticks."""
    page = re.search(r"<form.*?</form>", answer.text, re.DOTALL)
    assert page, answer.text[:2000]
    values: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page[0]):
        given = {k: unescape(v) for k, v in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        unchecked = given.get("type") in ("radio", "checkbox") and " checked" not in tag
        if "name" in given and not unchecked:
            values[given["name"]] = given.get("value", "")
    for name, text in re.findall(
        r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', page[0], re.DOTALL
    ):
        values[name] = unescape(text)
    return values


@dataclass
class Night:
    """Everything that a test of the crowd acts with."""

    stage: Stage
    api: Any
    fan: Fan

    @property
    def world(self) -> Any:
        return self.stage.world

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return self.stage.db.rows(query, *values)

    @asynccontextmanager
    async def another_fan(self, host: str = HOST) -> AsyncIterator[Fan]:
        async with browser(self.api, host) as client:
            yield Fan(client)

    async def start(self, actor: Any = None, **words: str) -> EventView:
        actor = actor or self.world.owner
        cmd = StartTonight(title="Friday", venue="The Lantern Room", **words)
        async with unit(Scope.of(actor)) as tx:
            return (await events.start_tonight(tx, actor, cmd)).event

    async def pay(self, answer: httpx.Response, **typed: str) -> str:
        """Pay on the hosted page that an answer leads to; the path that the fan comes back to."""
        assert answer.status_code == 303, answer.text
        back = await self.stage.press_pay(answer.headers["location"], **typed)
        await self.stage.settle()
        return path_of(back.headers["location"])

    def payment(self) -> UUID:
        rows = self.rows("select id from payments order by created_at desc limit 1")
        return rows[0]["id"]


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def browser(api: Any, host: str = HOST) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=api, client=("203.0.113.9", 5000))
    return httpx.AsyncClient(transport=transport, base_url=host)


@pytest.fixture
async def night(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Night]:
    """Jay can take tips; no event runs."""
    monkeypatch.setattr(sellables, "_catalogue", lambda: {"tip": TIP})
    site = Site()
    site.add([FEATURE])
    visit.configure(resolve_host=resolve_host, identify=session.identify)
    api = protected(make_api(site, StaticFiles(directory="/nonexistent", check_dir=False)))
    await limits.reset()
    await stage.connect()
    async with browser(api) as client:
        yield Night(stage, api, Fan(client))
    visit.configure()
