"""Real ports and real processes, for tests that need them."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def serving(asgi, port: int, interface: Interfaces = Interfaces.ASGI) -> AsyncIterator[None]:
    """An ASGI application on a port, in this process."""
    server = Server(asgi, address=HOST, port=port, interface=interface, log_enabled=False)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not await _listens(port):
                await asyncio.sleep(0.01)
        yield
    finally:
        server.stop()
        await task


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except ConnectionError:
        return False
    writer.close()
    return True


def children(pid: int) -> dict[str, int]:
    """The living processes that a process started, by their last word: web, worker, sandbox."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            words = (entry / "cmdline").read_bytes().split(b"\0")[:-1]
        except OSError:
            continue
        # A process that is just dying has no words any more.
        if int(stat[1]) == pid and stat[0] != "Z" and words:
            found[words[-1].decode()] = int(entry.name)
    return found
