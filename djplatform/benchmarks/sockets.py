"""Thousands of open streams at once: do they all hear, and what do they weigh?

Memory is the server process's resident set, before the first stream and with all of them open,
beside the same for the shortest server that Starlette makes.
"""

import asyncio
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from djplatform.benchmarks.database import temporary_database
from djplatform.benchmarks.fanout import Tell, post_event, publish_event, settled
from djplatform.benchmarks.stream_clients import connected
from djplatform.benchmarks.stream_servers import PATHS, running
from djplatform.core.db import databases

SOCKETS = int(os.environ.get("DJP_BENCH_SOCKETS", "2000"))
HOLD_SECONDS = 20.0
"""Longer than a heartbeat, so that every stream has written one."""


def run(sockets: int = SOCKETS, hold: float = HOLD_SECONDS) -> dict[str, Any]:
    """Hold so many streams, tell them something at the end, and weigh them."""
    with temporary_database() as urls:
        return asyncio.run(_measure(urls, sockets, hold))


async def _measure(urls: Mapping[str, str], sockets: int, hold: float) -> dict[str, Any]:
    databases.configure(worker=urls["djp_worker"], pool_size=1)
    ours = await _weigh("ours", sockets, hold, publish_event)
    peer = await _weigh("peer", sockets, 0, post_event)
    await databases.close()
    each = {"ours": ours["each_kb"], "peer": peer["each_kb"]}
    return {
        "name": "streams",
        **each,
        "ratio": round(each["ours"] / max(each["peer"], 0.1), 3),
        "unit": "kB of the server's memory for each open stream",
        "passed": ours["heard"] == sockets,
        "sockets": sockets,
        "held_seconds": hold,
        "memory_mb": ours["memory_mb"],
        "heard": ours["heard"],
    }


async def _weigh(which: str, sockets: int, hold: float, tell: Tell) -> dict[str, Any]:
    with running(which) as (port, server):
        empty = resident_kb(server)
        with connected(port, PATHS[which], sockets) as clients:
            await asyncio.sleep(hold)
            await tell(port)
            heard = len(await settled(clients, sockets))
            full = resident_kb(server)
    return {
        "heard": heard,
        "each_kb": round((full - empty) / sockets, 1),
        "memory_mb": round(full / 1024, 1),
    }


def resident_kb(process: int) -> int:
    """Resident memory of a process in kB."""
    status = Path(f"/proc/{process}/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmRSS"].split()[0])
    shown = subprocess.run(  # a Mac has no /proc
        ["/bin/ps", "-o", "rss=", "-p", str(process)], capture_output=True, text=True, check=True
    )
    return int(shown.stdout)
