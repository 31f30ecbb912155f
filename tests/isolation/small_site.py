"""A small web site over the test's database, sound or with one hole, for the attack to find."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
import reflex as rx
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from reflex_base.environment import environment as reflex_environment
from reflex_base.registry import RegistrationContext

from djplatform.core.actor import Actor, Permission, Role
from djplatform.core.ids import new_id
from djplatform.isolation.inventory import Inventory, handlers_of, routes_of
from djplatform.isolation.planting import plant_rows, plant_secrets
from djplatform.isolation.scene import Caller, Scene
from djplatform.isolation.victim import Victim, ids_of
from djplatform.isolation.watch import Watch, Watched
from djplatform.ui import guard, reflex_seam
from djplatform.ui.guard import action, current_actor, public_action
from djplatform.ui.session import Sessions, SignedIn
from tests.serving import HOST, free_port, serving

KINDS = ("owner", "outsider")


@dataclass
class Ground:
    """The planted database, and who is who by the cookie `who`."""

    connection: psycopg.Connection
    victim: Victim
    secrets: dict[str, str]
    watch: Watch
    owner: Actor
    outsider: Actor
    message: str
    """The secret in a tip's message."""

    def holds(self, query: str) -> None:
        self.connection.execute(query)

    def who(self, request: Request) -> Actor | None:
        return {"owner": self.owner, "outsider": self.outsider}.get(request.cookies.get("who", ""))

    def is_owner(self, request: Request) -> bool:
        return self.who(request) == self.owner

    def is_owners_program(self, request: Request) -> bool:
        return request.headers.get("authorization") == "Bearer owner"


def prepare(db, world) -> Ground:
    connection = psycopg.connect(db.url("postgres"), autocommit=True)
    tables = plant_rows(connection, world.a)
    secrets = plant_secrets(connection, tables, world.a)
    ids = ids_of(connection, tables, world.a)
    device = connection.execute("select device_id from tips").fetchone()[0]
    known = {"user": (str(world.owner.user_id),), "device": (str(device),)}
    watched = Watched(
        organization=world.a,
        people=[world.owner.user_id],
        addresses=["owner@example.com"],
        device=device,
        names=[str(world.a), *(one for some in ids.values() for one in some)],
    )
    return Ground(
        connection=connection,
        victim=Victim(world.a, ids, known),
        secrets=secrets,
        watch=Watch(connection, tables, watched),
        owner=world.owner,
        outsider=world.outsider,
        message=next(text for text, place in secrets.items() if place == "tips.message"),
    )


def pages(ground: Ground) -> FastAPI:
    """Routes as they should be: a tip for its owner, with a form that only he may send."""
    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @api.get("/tips/{tip}")
    async def tip(request: Request, tip: UUID) -> Response:
        if not ground.is_owner(request):
            return PlainTextResponse("Not Found", 404)
        form = f'<form method="post" action="/tips/{tip}"><input name="seen" value="1"></form>'
        return HTMLResponse(ground.message + form)

    @api.post("/tips/{tip}")
    async def read(request: Request, tip: UUID) -> Response:
        if ground.is_owner(request):
            ground.holds("update tips set updated_at = now()")
        return PlainTextResponse("", 204 if ground.is_owner(request) else 404)

    @api.get("/api/v1/tips/message")
    async def message(request: Request, tip_id: UUID) -> Response:
        mine = ground.is_owners_program(request)
        return PlainTextResponse(ground.message if mine else "", 200 if mine else 401)

    @api.get("/api/stream/{channels}")
    async def stream(request: Request, channels: str) -> Response:
        if not ground.is_owner(request):
            return PlainTextResponse("There is no such stream.", 404)
        return StreamingResponse(_once(ground.message), media_type="text/event-stream")

    return api


async def _once(text: str) -> AsyncIterator[str]:
    yield f"data: {json.dumps(text)}\n\n"


Hole = Callable[[FastAPI, Ground], None]


def make_scene(ground: Ground, port: int, inventory: Inventory, other: UUID) -> Scene:
    return Scene(
        port=port,
        host=HOST,
        inventory=inventory,
        victim=ground.victim,
        secrets=ground.secrets,
        watch=ground.watch,
        callers=[
            Caller("anonymous"),
            Caller("outsider", "who=outsider", is_guest=False),
            Caller("viewer", "who=viewer", may_read=True, is_guest=False),
        ],
        programs=[
            Caller("a program without a token"),
            Caller("the owner's cookie without a token", "who=owner"),
            Caller("the outsider's program", token="outsider", is_guest=False),
        ],
        owner=Caller("the owner", "who=owner", token="owner", is_guest=False),
        fan=Caller("the fan"),
        other_organization=str(other),
    )


@asynccontextmanager
async def site(ground: Ground, other: UUID, hole: Hole | None = None) -> AsyncIterator[Scene]:
    """The pages, with one more that is careless."""
    api = pages(ground)
    if hole is not None:
        hole(api, ground)
    inventory = Inventory(
        routes=tuple(r for r in routes_of(api.routes) if not r.path.startswith("/api/stream")),
        channels=("tips:{organization}", "booth:{event}"),
    )
    port = free_port()
    async with serving(api, port):
        yield make_scene(ground, port, inventory, other)


@asynccontextmanager
async def refusing(port: int) -> AsyncIterator[None]:
    """A site without an event socket."""
    async with serving(FastAPI(), port):
        yield


# --- consoles --------------------------------------------------------------------------------


@dataclass
class Book:
    """Who is signed in, by the cookie `sid` or `who`."""

    live: dict[str, SignedIn] = field(default_factory=dict)

    async def by_token(self, token: str) -> SignedIn | None:
        return self.live.get(token)

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        return next((s for s in self.live.values() if s.session_id == session_id), None)

    async def renew(self, token: str) -> str | None:
        return None


def desk(ground: Ground) -> type[rx.State]:
    """A console as it should be, with one handler that nobody declared."""

    class IsolationDesk(rx.State):
        message: str = ""

        @action(Permission.CONSOLE_READ)
        async def load(self):
            if current_actor(self).organization_id == ground.victim.organization:
                self.message = ground.message

        @public_action
        async def look(self, tip: str):
            self.message = f"you asked for {tip}"

        @rx.event
        async def peek(self, tip: str):
            self.message = ground.message

        async def wipe(self, tip: str):
            ground.holds("delete from tips")

    return IsolationDesk


@asynccontextmanager
async def consoles(
    ground: Ground, other: UUID, environment, *, guarded: bool = True
) -> AsyncIterator[Scene]:
    """The desk behind the guard, or without one."""
    environment()
    reflex_environment.REFLEX_SKIP_COMPILE.set(True)
    with RegistrationContext.ensure_context().fork():
        state = desk(ground)
        app = rx.App()
        app.add_page(lambda: rx.el.div(state.message), route="/desk", on_load=state.load)
        reflex_seam.check_socket_origin(app, lambda _origin, _environ: True)
        if guarded:
            book = Book(
                {
                    "owner": SignedIn(new_id(), ground.owner),
                    "outsider": SignedIn(new_id(), ground.outsider),
                    "viewer": SignedIn(
                        new_id(), Actor(new_id(), ground.victim.organization, Role.VIEWER)
                    ),
                }
            )
            guard.install(app, Sessions(book))
        asgi = app()
        registered = {
            name: one
            for name, one in reflex_seam.event_handlers().items()
            if state.get_full_name() in name or name in reflex_seam.built_in_handlers()
        }
        marks = {name: str(guard.declared_permission(name) or "") for name in registered}
        inventory = Inventory(
            handlers=handlers_of(registered, marks, reflex_seam.built_in_handlers()),
            states={state.get_full_name(): tuple(state.base_vars)},
            consoles=("/desk",),
        )
        port = free_port()
        async with serving(asgi, port):
            scene = make_scene(ground, port, inventory, other)
            for caller in (*scene.callers, scene.owner):
                caller.cookie = caller.cookie.replace("who=", "sid=")
            yield scene
