"""`djplatform web` as a process: it becomes ready with its database, and ends when asked."""

import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager

import httpx
import pytest

from djplatform.isolation.raw_socket import RawSocket
from djplatform.settings import ROOT
from tests.serving import free_port
from tests.ui.tab import connected


@asynccontextmanager
async def web_process(port: int, folder):
    environment = os.environ | {
        "DJP_PORT": str(port),
        "DJP_LOG_JSON": "true",
        "REFLEX_WEB_WORKDIR": str(folder / ".web"),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "djplatform.ui.serve",
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(client: httpx.AsyncClient, process) -> dict:
    while process.returncode is None:
        try:
            answer = await client.get("/readyz")
            if answer.status_code == 200:
                return answer.json()
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    said, _ = await process.communicate()
    raise AssertionError(f"the process ended before it was ready:\n{said.decode()}")


@pytest.mark.feature("386/readyz")
async def test_it_becomes_ready_and_ends_on_sigterm(db, tmp_path):
    port = free_port()
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    async with web_process(port, tmp_path) as process, client:
        checks = await asyncio.wait_for(ready(client, process), 60)
        page = await client.get("/nowhere", headers={"Accept": "text/html"})
        process.send_signal(signal.SIGTERM)
        said, _ = await asyncio.wait_for(process.communicate(), 30)
    lines = [json.loads(line) for line in said.decode().splitlines()]
    assert checks == {"ready": True, "checks": {"database": True, "hub": True}}
    assert page.status_code == 404
    assert process.returncode == 0
    assert "web.drain_timeout" not in {line["event"] for line in lines}
    assert all(line["process"] == "web" for line in lines)
    assert "test@" not in said.decode()


async def test_nothing_of_the_framework_answers_but_the_socket(db, tmp_path):
    """The composed application: its own routes, uploads, polling and CORS are not to be had."""
    port = free_port()
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    own, other = f"http://127.0.0.1:{port}", "http://localhost:8000"
    asked = {"Access-Control-Request-Method": "POST"}
    async with web_process(port, tmp_path) as process, client:
        await asyncio.wait_for(ready(client, process), 60)
        for path in ("/_event/?EIO=4&transport=polling", "/_upload", "/ping", "/_health"):
            for method in ("GET", "POST", "PUT", "OPTIONS"):
                answer = await client.request(method, path, headers={"Origin": own})
                assert answer.status_code == 404, (method, path)
                assert "x-content-type-options" in answer.headers
        # The framework lets the origins of its configuration read everything, with cookies.
        for origin in (other, own, "null", "https://evil.example"):
            for method in ("GET", "OPTIONS"):
                answer = await client.request(method, "/login", headers={"Origin": origin} | asked)
                assert "access-control-allow-origin" not in answer.headers, origin
        for origin, status in ((own, b"101"), (other, b"403"), ("null", b"403")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HANDSHAKE.format(port=port, origin=origin).encode())
            assert (await asyncio.wait_for(reader.readline(), 10)).split()[1] == status
            writer.close()


HANDSHAKE = (
    "GET /_event/?EIO=4&transport=websocket&token=a HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    "Origin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def test_open_sockets_do_not_keep_it_alive(db, tmp_path):
    """Joined to the namespace or not yet: the library alone would hold the process for ever."""
    port = free_port()
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    async with web_process(port, tmp_path) as process, client:
        await asyncio.wait_for(ready(client, process), 60)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        waiting = RawSocket(reader, writer)
        origin = [(b"origin", f"http://localhost:{port}".encode())]
        await waiting.open(
            f"localhost:{port}", "/_event/?EIO=4&transport=websocket&token=b", origin
        )
        await waiting.wait_for("0{")
        async with connected(port, token="a") as joined:
            process.send_signal(signal.SIGTERM)
            said, _ = await asyncio.wait_for(process.communicate(), 30)
            await joined.ended()
        await waiting.close()
    events = [json.loads(line)["event"] for line in said.decode().splitlines()]
    assert process.returncode == 0
    assert not {"web.tasks_left", "web.drain_timeout"} & set(events)


async def test_a_taken_port_ends_it_with_the_reason(environment, tmp_path):
    environment()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        async with web_process(other.getsockname()[1], tmp_path) as process:
            said, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert "is taken; choose another with --port" in said.decode()
