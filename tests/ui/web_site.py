"""A small site in memory: three brands, one session, a few pages; no database, no build."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import reflex as rx
from fastapi import APIRouter, Form
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.errors import InvalidInput, NotFound, TooManyAttempts
from djplatform.ui import console, visit
from djplatform.ui.hosts import NEUTRAL, BrandView
from djplatform.ui.pages import ConsolePage, Document, PublicPage, Redirect
from djplatform.ui.site import Site
from djplatform.ui.visit import Identity, Visit
from djplatform.ui.web import make_api, protected

BRANDS = {
    f"{key}.localhost": BrandView(key, name, f"/{key}/dashboard", f"{key}.localhost")
    for key, name in (("tipjar", "TipJar"), ("djdash", "DJ Dash"), ("m10dj", "M10 DJ Company"))
}
OWNER = Actor(UUID(int=1), UUID(int=2), Role.OWNER)
VIEWER = Actor(UUID(int=3), UUID(int=2), Role.VIEWER)
SESSIONS = {"owner": OWNER, "viewer": VIEWER}


async def resolve_host(host: str) -> BrandView | None:
    return NEUTRAL if host in {"localhost", "127.0.0.1"} else BRANDS.get(host)


async def identify(connection: HTTPConnection, _brand: BrandView) -> Identity:
    actor = SESSIONS.get(connection.cookies.get("sid", ""))
    return Identity(actor=actor) if actor else Identity()


async def describe(_actor: Actor) -> console.Workplace:
    return console.Workplace("Jay", "Jay Martell", "djdash", "DJ Dash")


class Loads:
    """Counts how often the page was loaded, and says what it shows."""

    def __init__(self) -> None:
        self.count = 0


def hello(loads: Loads, cache_seconds: int = 0) -> PublicPage[str]:
    async def load(visit: Visit, name: str) -> str:
        loads.count += 1
        if name == "nobody":
            raise NotFound
        if name == "elsewhere":
            raise Redirect("/login")
        if name == "often":
            raise TooManyAttempts(17)
        if name == "crash":
            raise ZeroDivisionError("the reason with sk_test_abcdefgh123456 in it")
        return name

    def render(view: str, visit: Visit) -> Document:
        return Document(
            title=f"{view} & friends",
            description="A <page>",
            body=rx.el.main(rx.el.h1(f"Hello {view}"), rx.el.p("word " * 300)),
            cache_seconds=cache_seconds,
            structured={"name": "</script><b>"},
        )

    return PublicPage("/hello/{name}", load, render)


def forms() -> APIRouter:
    router = APIRouter()

    @router.post("/form")
    async def form(amount: str = Form()) -> Response:
        if amount == "bad":
            raise InvalidInput(amount="Please give an amount.")
        return Response("taken")

    @router.post("/api/webhooks/stripe/tipjar/snapshot")
    async def webhook() -> Response:
        return Response("received")

    @router.get("/api/thing")
    async def thing() -> Response:
        raise NotFound

    return router


CONSOLE = ConsolePage("/dashboard", rx.el.div, "Dashboard", Permission.CONSOLE_READ)
MEMBERS = ConsolePage("/members/[member]", rx.el.div, "Members", Permission.MEMBERS_MANAGE)


def make_site(*pages: PublicPage) -> Site:
    return Site(
        routers=[forms()],
        documents=list(pages) or [hello(Loads())],
        consoles=[CONSOLE, MEMBERS],
        resolve_host=resolve_host,
        identify=identify,
    )


@asynccontextmanager
async def browser(
    site: Site, files: str = "/nonexistent", **options: object
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the site, through every layer that a real request passes."""
    visit.configure(resolve_host=site.resolve_host, identify=site.identify)
    console.configure(describe)
    api = make_api(site, StaticFiles(directory=files, check_dir=False))
    transport = httpx.ASGITransport(app=protected(api), client=("203.0.113.9", 5000))
    options.setdefault("base_url", "http://tipjar.localhost:8123")
    async with httpx.AsyncClient(transport=transport, **options) as client:
        yield client
    visit.configure()
    console.configure(None)
