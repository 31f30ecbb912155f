"""Fan-out: one event to a full room, beside the shortest server that Starlette makes.

Ours takes the whole way: a transaction that publishes, commit, notification, hub, sockets. The
peer is told by one HTTP request and keeps nothing. Events are spaced wider than the hub's
interval, so that each is delivered by itself; the two take turns, and per size the median of the
rounds' 95th percentiles counts.
"""

import asyncio
import http.client
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from djplatform.benchmarks.database import temporary_database
from djplatform.benchmarks.stream_clients import Clients, connected
from djplatform.benchmarks.stream_servers import CHANNEL, PATHS, running
from djplatform.core.db import Scope, databases, unit
from djplatform.core.ids import PLATFORM_ORGANIZATION
from djplatform.core.realtime import publish

SIZES = (1_000, 4_000, 8_000)
TURNS, EVENTS = 3, 8
LIMIT = 1.5
_ROW = {"id": "0192f3c4-0000-7000-8000-000000000001", "name": "Sam", "amount": "5.00"}

Tell = Callable[[int], Awaitable[None]]


def run() -> dict[str, Any]:
    """Measure all sizes; `ratio` is the worst of them."""
    with temporary_database() as urls:
        sizes = {size: asyncio.run(_measure(urls, size)) for size in SIZES}
    worst = max(sizes.values(), key=lambda found: found["ratio"])
    return {
        "name": "fanout",
        **worst,
        "unit": "ms p95, publish to arrival",
        "passed": worst["ratio"] <= LIMIT,
        "sizes": {str(size): found for size, found in sizes.items()},
    }


async def _measure(urls: Mapping[str, str], size: int) -> dict[str, float]:
    databases.configure(worker=urls["djp_worker"], pool_size=1)
    found: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(TURNS):
        for which, tell in (("ours", publish_event), ("peer", post_event)):
            found[which].append(await _turn(which, size, tell))
    await databases.close()
    ours, peer = statistics.median(found["ours"]), statistics.median(found["peer"])
    return {"ours": round(ours, 1), "peer": round(peer, 1), "ratio": round(ours / peer, 3)}


async def _turn(which: str, size: int, tell: Tell) -> float:
    """The 95th percentile in milliseconds over all deliveries of one turn."""
    with running(which) as (port, _), connected(port, PATHS[which], size) as clients:
        taken: list[float] = []
        for number in range(EVENTS + 1):
            await tell(port)
            heard = await settled(clients, size)
            if number:  # the first one warms both sides
                taken += heard
            # The hub's interval for a room of this size, and a little more.
            await asyncio.sleep(max(0.3, size / 8_000) + 0.1)
    return statistics.quantiles(taken, n=100)[94] * 1000


async def settled(clients: Clients, size: int) -> list[float]:
    """All deliveries of one event."""
    taken: list[float] = []
    async with asyncio.timeout(60):
        while len(taken) < size:
            await asyncio.sleep(0.25)
            taken += clients.latencies()
    return taken


async def publish_event(_port: int) -> None:
    """Publish one event the way a use case does."""
    async with unit(Scope.system(PLATFORM_ORGANIZATION)) as tx:
        await publish(tx, CHANNEL, "tip.paid", {**_ROW, "at": time.time()})


async def post_event(port: int) -> None:
    """Tell the peer the same bytes."""
    change = [{"channel": CHANNEL, "put": [{**_ROW, "at": time.time()}], "gone": []}]
    data = json.dumps(change, separators=(",", ":"))
    body = f"event: change\nid: 1\ndata: {data}\n\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/publish", body.encode())
    connection.getresponse().read()
    connection.close()
