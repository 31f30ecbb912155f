"""A hub behind a real server, and a client that reads a stream as a browser does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from granian.constants import Interfaces
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.core.db import Scope, unit
from djplatform.core.errors import NotFound
from djplatform.core.realtime import ChannelKind, Event, Fragment, Put, publish
from djplatform.core.realtime.channels import Registry
from djplatform.core.realtime.delivery import Pace
from djplatform.core.realtime.endpoint import Admission, StreamEndpoint
from djplatform.core.realtime.hub import Hub
from tests.core.realtime.clients import Client
from tests.serving import free_port, serving


@dataclass
class Visitor:
    actor: Actor = ANONYMOUS
    device_id: UUID | None = None
    language: str = "en"


@dataclass
class Streams:
    """The running server of one test."""

    hub: Hub
    port: int
    world: object
    sessions: dict[str, Admission]
    rows: list[dict]
    gate: asyncio.Event
    """Until it is set, snapshots of `slow:…` are being read."""
    stack: AsyncExitStack

    async def open(self, channels: str, *, session: str = "", query: str = "", **headers) -> Client:
        """Open a stream and wait for its head; a 200 is read on in the background."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"GET /api/stream/{channels}?{query} HTTP/1.1", "host: x", f"x-session: {session}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        pairs = (line.partition(": ") for line in head[1:] if line)
        answered = {name.lower(): value for name, _, value in pairs}
        client = Client(reader, writer, int(head[0].split()[1]), answered)
        self.stack.push_async_callback(client.close)
        if client.status == 200:
            client.start()
            await client.until(lambda: client.messages or client.closed)
        return client

    async def publish(self, channel: str, *identifiers: str, kind: str = "tip.paid") -> None:
        """One transaction with an event for each id."""
        async with unit(Scope.system(self.world.a)) as tx:
            for identifier in identifiers:
                await publish(tx, channel, kind, {"id": identifier})


PACE = Pace(heartbeat=60)


@pytest.fixture
def pace() -> Pace:
    """What a module or a test may override."""
    return PACE


@pytest.fixture
def layers() -> int:
    """How many layers stand around the streams, as headers and logs do in the product."""
    return 2


def layer(app):
    """A layer that passes everything on through functions of its own."""

    async def wrapped(scope, receive, send):
        async def pass_on(message):
            await send(message)

        await app(scope, receive, pass_on)

    return wrapped


async def anyone(visitor, params) -> bool:
    return True


async def after_a_while(visitor, params) -> bool:
    await asyncio.sleep(0.3)
    return True


async def members(visitor, params) -> bool:
    if params["organization"] == "raises":
        raise NotFound
    return str(visitor.actor.organization_id) == params["organization"]


def odd_row(event: Event):
    odd = {"nameless": {"x": 1}, "object": {"id": "1", "x": object()}}
    return Put(odd.get(event.payload["id"], event.payload))


def fragments(event: Event):
    if event.kind == "broken":
        raise ValueError("a renderer's bug")
    yield Fragment("total", f"<b>{event.payload['id']}</b>")
    yield Fragment("list", f"<li>\n{event.payload['id']}</li>", append=True)


def channel_kinds(rows: list[dict], gate: asyncio.Event) -> Registry:
    """Kinds for every case; `rows` is what a snapshot of `list:…` and `slow:…` finds."""

    async def all_rows(visitor, params):
        return rows

    async def rows_behind_the_gate(visitor, params):
        await gate.wait()
        return rows

    kinds = Registry()
    for kind in (
        ChannelKind(pattern="crowd:{key}", authorise=anyone, html=fragments),
        ChannelKind(pattern="asked:{key}", authorise=after_a_while),
        ChannelKind(pattern="odd:{key}", authorise=anyone, rows=odd_row),
        ChannelKind(pattern="tips:{organization}", authorise=members),
        ChannelKind(pattern="list:{key}", authorise=anyone, snapshot=all_rows),
        ChannelKind(pattern="slow:{key}", authorise=anyone, snapshot=rows_behind_the_gate),
    ):
        kinds.register(kind)
    return kinds


@pytest.fixture
async def streams(db, world, pace, layers) -> AsyncIterator[Streams]:
    stack = AsyncExitStack()
    sessions = {
        name: Admission(Visitor(actor), session_id=actor.user_id)
        for name, actor in {"owner": world.owner, "outsider": world.outsider}.items()
    }
    rows: list[dict] = []
    gate = asyncio.Event()
    kinds = channel_kinds(rows, gate)

    async def admit(connection: HTTPConnection) -> Admission:
        return sessions.get(connection.headers["x-session"], Admission(Visitor()))

    hub = await stack.enter_async_context(Hub(db.url("djp_hub"), pace=pace, kinds=kinds).running())
    app = Starlette(routes=[StreamEndpoint(hub, admit).route()])
    for _ in range(layers):
        app = layer(app)
    port, clients = free_port(), AsyncExitStack()
    async with serving(app, port, Interfaces.ASGINL):
        async with asyncio.timeout(10):
            while not hub.connected:
                await asyncio.sleep(0.01)
        yield Streams(hub, port, world, sessions, rows, gate, clients)
        await clients.aclose()
        await hub.close()
    await stack.aclose()
