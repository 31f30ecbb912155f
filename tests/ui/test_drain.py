"""An answer that needed nothing of the body: its connection stays usable, or says that it ends."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from djplatform.ui import serve
from djplatform.ui.drain import Drain
from djplatform.ui.serve import listen
from tests.ui.web_site import browser, make_site

HEAD = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"


async def refuse(scope, receive, send):
    """Refuse by the head alone, as whoever asks for a session does."""
    if scope["type"] == "lifespan":
        for step in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{step}"
            await send({"type": f"lifespan.{step}.complete"})
        return
    length = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 401, "headers": length})
    await send({"type": "http.response.body", "body": b"no"})


@asynccontextmanager
async def connection(app):
    """A connection to a real server of this app."""

    async def nothing():
        pass

    stop, listener = asyncio.Event(), listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    serving = asyncio.create_task(
        serve.serve(app, listener=listener, connections=100, before_stop=nothing, stop=stop)
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(30):
            yield reader, writer
    finally:
        writer.close()
        stop.set()
        await serving


async def answer(reader) -> str:
    """The head of the next answer, read with its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2)
    return head.decode().lower()


async def test_a_body_that_comes_after_its_refusal_leaves_the_connection_usable():
    async with connection(Drain(refuse)) as (reader, writer):
        for _ in range(3):
            writer.write(HEAD.format(length=7).encode())
            await writer.drain()
            # So that the head alone is there when the app answers.
            await asyncio.sleep(0.05)
            writer.write(b"a=b&c=d")
            said = await answer(reader)
            assert said.startswith("http/1.1 401")
            assert "connection: close" not in said


async def test_a_body_that_does_not_come_gets_its_answer_and_the_end():
    async with connection(Drain(refuse, most_seconds=0.05)) as (reader, writer):
        writer.write(HEAD.format(length=7).encode() + b"a=b")
        said = await answer(reader)
        assert said.startswith("http/1.1 401")
        assert "connection: close" in said
        assert await reader.read() == b""


async def test_a_body_beyond_the_limit_gets_its_answer_and_the_end():
    async with connection(Drain(refuse, most_bytes=1000)) as (reader, writer):
        writer.write(HEAD.format(length=500_000).encode() + b"a" * 1001)
        said = await answer(reader)
        assert said.startswith("http/1.1 401")
        assert "connection: close" in said


async def test_a_request_without_body_is_not_read():
    async def never():
        raise AssertionError("nothing is to be read")

    sent = []

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "http", "headers": [(b"content-length", b"0")]}
    await Drain(refuse)(scope, never, send)
    assert sent == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/api/thing", 405)])
async def test_the_whole_app_reads_what_it_refuses(environment, path, status):
    environment()
    read = []

    async def body():
        for part in (b"a=b", b"&c=d"):
            read.append(part)
            yield part

    async with browser(make_site()) as client:
        refused = await client.post(path, content=body())
    assert refused.status_code == status
    assert read == [b"a=b", b"&c=d"]
