"""The two servers of the fan-out benchmark, alike in everything but the fan-out itself.

Started as `python -m djplatform.benchmarks.stream_servers ours|peer PORT`. Ours listens to the
database like the product's web process; the peer is the shortest event stream that Starlette's
own classes make, told by an HTTP request.
"""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from djplatform.benchmarks.stream_clients import raise_file_limit
from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.core.realtime.channels import ChannelKind, Params, Registry, Visitor
from djplatform.core.realtime.endpoint import Admission, StreamEndpoint
from djplatform.core.realtime.hub import Hub
from djplatform.settings import settings

SOCKETS = 10_000
CHANNEL = "bench:room"
PATHS = {"ours": f"/api/stream/{CHANNEL}", "peer": "/stream"}
START_SECONDS = 30


class _Anybody:
    actor: Actor = ANONYMOUS
    device_id = None
    language = "en"


@asynccontextmanager
async def _ours() -> AsyncGenerator[ASGIApp]:
    async def anyone(_visitor: Visitor, _params: Params) -> bool:
        return True

    async def admit(_connection: HTTPConnection) -> Admission:
        return Admission(_Anybody())

    kinds = Registry()
    kinds.register(ChannelKind(pattern="bench:{room}", authorise=anyone))
    hub = Hub(settings().hub_url.get_secret_value(), limit=SOCKETS, kinds=kinds)
    async with hub.running():
        yield Starlette(routes=[StreamEndpoint(hub, admit).route()])


@asynccontextmanager
async def _peer() -> AsyncGenerator[ASGIApp]:
    queues: set[asyncio.Queue[bytes]] = set()

    async def events() -> AsyncGenerator[bytes]:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        queues.add(queue)
        try:
            yield b"retry: 1000\n\n"
            while True:
                yield await queue.get()
        finally:
            queues.discard(queue)

    async def stream(_request: Request) -> Response:
        return StreamingResponse(events(), media_type="text/event-stream")

    async def publish(request: Request) -> Response:
        body = await request.body()
        for queue in queues:
            queue.put_nowait(body)
        return Response()

    yield Starlette(routes=[Route("/stream", stream), Route("/publish", publish, methods=["POST"])])


_SERVERS: dict[str, Callable[[], AbstractAsyncContextManager[ASGIApp]]] = {
    "ours": _ours,
    "peer": _peer,
}


async def _serve(which: str, port: int) -> None:
    raise_file_limit(SOCKETS)
    async with _SERVERS[which]() as app:
        server = Server(
            app,
            address="127.0.0.1",
            port=port,
            interface=Interfaces.ASGINL,
            backpressure=SOCKETS,
            backlog=4096,
            log_enabled=False,
        )
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        serving = asyncio.create_task(server.serve())
        await stop.wait()
        serving.cancel()


@contextmanager
def running(which: str) -> Generator[tuple[int, int]]:
    """Run one of the two; gives its port and its process id.

    Raises:
        TimeoutError: it does not answer.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", __name__, which, str(port)])
    try:
        _await(port, PATHS[which])
        yield port, process.pid
    finally:
        # The peer never ends by itself while a stream is open.
        process.kill()
        process.wait()


def _await(port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
                if client.recv(15).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"the server on port {port} does not answer")


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
