"""The web server: how much it admits, and how it ends."""

import asyncio
import os
import resource
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from djplatform.ui import serve
from djplatform.ui.serve import listen, raise_file_limit


class Streams:
    """An app with one endless stream, which ends when it is told to."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()
        self.open = 0
        self.events: list[str] = []

    async def close(self) -> None:
        self.events.append(f"closing {self.open}")
        self.ending.set()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.lifespan(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        self.open += 1
        await self.ending.wait()
        self.open -= 1
        await send({"type": "http.response.body", "body": b""})

    async def lifespan(self, receive, send):
        for step in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{step}"
            self.events.append(step)
            await send({"type": f"lifespan.{step}.complete"})


async def answering(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return


async def test_stopping_ends_open_streams_first(monkeypatch):
    drained = []
    monkeypatch.setattr(serve, "_ended", _watched(serve._ended, drained))
    app, stop, listener = Streams(), asyncio.Event(), listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    serving = asyncio.create_task(
        serve.serve(
            app,
            listener=listener,
            connections=100,
            before_stop=app.close,
            stop=stop,
        )
    )
    await answering(port)
    async with (
        httpx.AsyncClient() as client,
        client.stream("GET", f"http://127.0.0.1:{port}/") as r,
    ):
        chunks = r.aiter_bytes()
        assert await anext(chunks) == b"data: 1\n\n"
        stop.set()
        assert [chunk async for chunk in chunks] == []
    await serving
    assert app.events == ["startup", "closing 1", "shutdown"]
    assert drained == [True]


def _watched(ended, drained):
    async def watch(task):
        await ended(task)
        drained.append(not task.cancelled())

    return watch


@pytest.mark.parametrize(
    ("request_text", "answer"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 20_000 + b"\r\n\r\n", b"HTTP/1.1 200"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n", b"HTTP/1.1 431"),
        (
            b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"HTTP/1.1 400",
        ),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", b"HTTP/1.1 400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b""),
    ],
    ids=["a large head", "too large a head", "two lengths", "an odd coding", "HTTP/2 unasked"],
)
async def test_heads_that_smuggle_or_swell_are_refused(request_text, answer):
    app, stop, listener = Streams(), asyncio.Event(), listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    serving = asyncio.create_task(
        serve.serve(app, listener=listener, connections=100, before_stop=app.close, stop=stop)
    )
    await answering(port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_text)
    async with asyncio.timeout(10):
        said = await reader.read(12)
    writer.close()
    stop.set()
    await serving
    assert said == answer


async def test_a_server_that_ends_by_itself_is_an_error():
    async def broken(scope, receive, send):
        assert (await receive())["type"] == "lifespan.startup"
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(RuntimeError, match="ended by itself"):
        await serve.serve(
            broken,
            listener=listen("127.0.0.1", 0),
            connections=100,
            before_stop=asyncio.Event().wait,
            stop=asyncio.Event(),
        )


def test_a_taken_port_is_named():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"port {port} of 127.0.0.1 is taken"):
            listen("127.0.0.1", port)
    with listen("127.0.0.1", port), pytest.raises(RuntimeError, match="is taken"):
        listen("127.0.0.1", port)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux knows the option")
@pytest.mark.feature("158/vanished")
async def test_a_phone_that_vanished_is_not_waited_for_a_quarter_of_an_hour():
    """What the system promises: it ends a connection whose client acknowledges nothing.

    That it does was tried with a cable pulled out of a network of its own.
    """
    listener, stop = listen("127.0.0.1", 0), asyncio.Event()
    port, streams = listener.getsockname()[1], Streams()
    serving = asyncio.create_task(
        serve.serve(streams, listener=listener, connections=9, before_stop=streams.close, stop=stop)
    )
    await answering(port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    await reader.readline()
    phone = writer.get_extra_info("sockname")
    with ExitStack() as looked_at:
        ends = [looked_at.enter_context(end) for end in open_sockets()]
        [server] = [end for end in ends if peer(end) == phone]
        assert server.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
    writer.close()
    stop.set()
    await serving
    listen("127.0.0.1", port).close()  # and nothing holds the port afterwards


def open_sockets() -> list[socket.socket]:
    """Every socket of this process, to be looked at.

    Nothing else is doubled: a pipe whose other half stays open never ends for its reader.
    """
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(entry.readlink()).startswith("socket:"):
                found.append(socket.socket(fileno=os.dup(int(entry.name))))
    return found


def peer(end: socket.socket) -> object:
    try:
        return end.getpeername()
    except OSError:
        return None


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "connections"),
    [
        (1024, 4096, 4096, 3840),
        (1024, 1_000_000, 65_536, 65_280),
        (65_536, 65_536, None, 65_280),
        (1024, resource.RLIM_INFINITY, 65_536, 65_280),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, 65_280),
        (256, 256, None, 64),
    ],
)
def test_the_file_limit_is_raised_as_far_as_allowed(monkeypatch, soft, hard, wanted, connections):
    put = []
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _what, limits: put.append(limits[0]))
    assert raise_file_limit() == connections
    assert put == ([wanted] if wanted else [])
