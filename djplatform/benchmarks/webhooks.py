"""From a webhook to what it changes: the committed payment, and the tip on the DJ's screen.

A product of its own, fans' tips paid at the sandbox while it keeps its webhooks back; then each
event is posted as Stripe would, signed, and three moments are taken: the answer, the commit of the
paid payment (heard by LISTEN and read back), and the row on the booth's open stream. Beside it, in
turn, a bare insert and commit of the same body on the same server. Events are spaced wider than
the streams' merging interval, as tips are.
"""

import asyncio
import json
import re
import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb

from djplatform import demo
from djplatform.core.db import embedded
from djplatform.core.db.roles import DATABASE
from djplatform.forms import Visitor
from djplatform.sandbox.stripe.delivery import signature
from djplatform.temporary import Product, temporary_product

EVENTS, CROWD_EVENTS, CROWD = 200, 40, 200
WARM = 5
AT_ONCE = 4
SPACE_SECONDS = 0.25
LIMIT_MS = 1_000
"""On the screen within a second: rows 93 and 155."""
_KIND = "checkout.session.completed"
_ROW_ID = re.compile(rb'"id":\s*"([0-9a-f-]{36})"')
_PAID = "select subject_id::text from payments where id = %s and status = 'paid'"
_EVENT = """select e.id::text from events e join organizations o on o.id = e.organization_id
            where o.slug = 'jay-martell' and e.status = 'live'"""
_PEER = "create table public.bench_peer (id serial primary key, body jsonb)"
_LIMITS = {"DJP_LIMIT_FORM_ADDRESS": "100000 per minute"}

Connection = psycopg.AsyncConnection[tuple[Any, ...]]


@dataclass
class Taken:
    """Milliseconds from the start of each POST."""

    answer: list[float] = field(default_factory=list[float])
    effect: list[float] = field(default_factory=list[float])
    booth: list[float] = field(default_factory=list[float])
    peer: list[float] = field(default_factory=list[float])


@dataclass
class _Booths:
    """Open booths, and when each of them showed which tip."""

    seen: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    change: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Read a stream until it is cancelled."""
        while line := await reader.readline():
            if not line.startswith(b"data:"):
                continue
            now = time.perf_counter()
            async with self.change:
                for found in _ROW_ID.findall(line):
                    self.seen.setdefault(found.decode(), []).append(now)
                self.change.notify_all()

    async def all_show(self, tip: str, count: int) -> list[float]:
        """When each of so many booths showed a tip."""
        async with asyncio.timeout(30), self.change:
            await self.change.wait_for(lambda: len(self.seen.get(tip, ())) >= count)
        return self.seen[tip]


def run(
    events: int = EVENTS, crowd_events: int = CROWD_EVENTS, crowd: int = CROWD
) -> dict[str, Any]:
    """Measure; `ours` and `peer` are the medians of the effect and of the bare commit."""
    with temporary_product(environment=_LIMITS) as product:
        server = embedded.start(product.data_dir)
        try:
            url = make_conninfo(server.superuser_url, dbname=DATABASE)
            alone, room = asyncio.run(measure(product, url, events, crowd_events, crowd))
        finally:
            server.stop()
    ours, peer = statistics.median(alone.effect), statistics.median(alone.peer)
    return {
        "name": "webhooks",
        "ours": round(ours, 2),
        "peer": round(peer, 2),
        "ratio": round(ours / peer, 2),
        "unit": "ms p50, webhook POST to committed effect",
        "passed": _p95(alone.booth) < LIMIT_MS and _p95(room.booth) < LIMIT_MS,
        "events": len(alone.effect),
        "ms": {name: _spread(getattr(alone, name)) for name in ("answer", "effect", "peer")},
        "on_the_booth_ms": _spread(alone.booth),
        f"on_{crowd}_booths_ms": _spread(room.booth),
    }


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[18]


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(values), 2), "p95": round(_p95(values), 2)}


async def measure(
    product: Product, url: str, events: int, crowd_events: int, crowd: int
) -> tuple[Taken, Taken]:
    """Measure on a product with demo people, before one booth and before many.

    `url` is the superuser's. The sandbox's webhooks are paused afterwards.
    """
    async with httpx.AsyncClient(timeout=30) as http:
        control = f"{product.sandbox_url}/control/webhooks"
        (await http.post(control, json={"paused": True})).raise_for_status()
        posts = await _paid_tips(product, http, WARM + events + crowd_events)
        async with (
            await psycopg.AsyncConnection.connect(url, autocommit=True) as heard,
            await psycopg.AsyncConnection.connect(url, autocommit=True) as reads,
            await psycopg.AsyncConnection.connect(url) as bare,
        ):
            await heard.execute("listen realtime")
            await bare.execute(_PEER)
            await bare.commit()
            bench = _Bench(product, http, heard, reads, bare)
            async with bench.booths(1) as booths:
                await bench.post_all(posts[:WARM], booths, 1)  # warms caches and connections
                alone = await bench.post_all(posts[WARM : WARM + events], booths, 1)
            async with bench.booths(crowd) as booths:
                room = await bench.post_all(posts[WARM + events :], booths, crowd)
    return alone, room


async def _paid_tips(product: Product, http: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    """Events of so many tips that were paid at the sandbox, of which it has told nothing."""
    gate = asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_tip(product, gate) for _ in range(count)))
    key = product.secrets()["stripe"]["tipjar"]["secret_key"]
    found: list[dict[str, Any]] = []
    while len(found) < count:
        after = {"starting_after": found[-1]["id"]} if found else {}
        answer = await http.get(
            f"{product.sandbox_url}/stripe/v1/events",
            params={"limit": 100, "type": _KIND, **after},
            headers={"Authorization": f"Bearer {key}"},
        )
        found += answer.raise_for_status().json()["data"]
    return found[:count]  # the newest first; the demo's own tips are older


async def _tip(product: Product, gate: asyncio.Semaphore) -> None:
    async with gate:
        fan = Visitor()
        try:
            page = await fan.get(f"http://tipjar.localhost:{product.port}/t/jay-martell")
            checkout = await fan.send(page, {"amount": "5.00"})
            await fan.send(checkout, {}, follow=False)
        finally:
            await fan.close()


@dataclass(frozen=True)
class _Bench:
    """What the measuring needs at hand."""

    product: Product
    http: httpx.AsyncClient
    heard: Connection
    """Listens, and may do nothing else meanwhile."""
    reads: Connection
    bare: Connection

    @asynccontextmanager
    async def booths(self, count: int) -> AsyncGenerator[_Booths]:
        """So many open booths of Jay's night."""
        dj, booths = Visitor(), _Booths()
        form = await dj.get(f"{self.product.url}/login")
        typed = {"email": demo.DJS[0].email, "password": demo.PASSWORD}
        await dj.send(form, typed, follow=False)
        row = await (await self.reads.execute(_EVENT)).fetchone()
        assert row is not None
        head = (
            f"GET /api/stream/booth:{row[0]} HTTP/1.1\r\nHost: 127.0.0.1:{self.product.port}\r\n"
            f"Cookie: {dj.cookies('127.0.0.1')}\r\n\r\n"
        )
        await dj.close()
        opened = [await self._open(head) for _ in range(count)]
        tasks = [asyncio.create_task(booths.read(reader)) for reader, _ in opened]
        try:
            yield booths
        finally:
            for task, (_, writer) in zip(tasks, opened, strict=True):
                task.cancel()
                writer.close()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, head: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A stream that has said hello."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.product.port)
        writer.write(head.encode())
        status = await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(f"the booth's stream answered {status!r}")
        while await reader.readline() != b"event: ping\n":
            pass
        return reader, writer

    async def post_all(
        self, events: Sequence[dict[str, Any]], booths: _Booths, listeners: int
    ) -> Taken:
        """Post the events one after the other, each beside a bare commit."""
        taken = Taken()
        for event in events:
            taken.peer.append(await self._bare_commit(event))
            await self._one(event, booths, listeners, taken)
            await asyncio.sleep(SPACE_SECONDS)
        return taken

    async def _bare_commit(self, event: dict[str, Any]) -> float:
        began = time.perf_counter()
        await self.bare.execute("insert into bench_peer (body) values (%s)", (Jsonb(event),))
        await self.bare.commit()
        return (time.perf_counter() - began) * 1_000

    async def _one(
        self, event: dict[str, Any], booths: _Booths, listeners: int, taken: Taken
    ) -> None:
        raw = json.dumps(event)
        secret = self.product.secrets()["stripe"]["tipjar"]["snapshot_secret"]
        headers = {"Stripe-Signature": signature(raw, [secret], int(time.time()))}
        address = f"{self.product.url}/api/webhooks/stripe/tipjar/snapshot"
        began = time.perf_counter()
        committed = asyncio.create_task(
            self._committed(event["data"]["object"]["metadata"]["payment_id"])
        )
        (await self.http.post(address, content=raw, headers=headers)).raise_for_status()
        taken.answer.append((time.perf_counter() - began) * 1_000)
        at, tip = await committed
        taken.effect.append((at - began) * 1_000)
        shown = await booths.all_show(tip, listeners)
        taken.booth += [(moment - began) * 1_000 for moment in shown[:listeners]]

    async def _committed(self, payment_id: str) -> tuple[float, str]:
        """When the payment was seen paid, and the tip that it pays for."""
        async with asyncio.timeout(30):
            async for _ in self.heard.notifies():
                row = await (await self.reads.execute(_PAID, (payment_id,))).fetchone()
                if row is not None:
                    return time.perf_counter(), row[0]
        raise RuntimeError("the connection that listens ended")
