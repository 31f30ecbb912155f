"""The sandbox as a process of its own: real sockets, its own login, signed webhooks, SIGTERM."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from djplatform.vendors.stripe.live import StripeLive
from tests.conftest import Cluster, TestDatabase
from tests.sandbox.conftest import inputs, make_order, stripe_account
from tests.sandbox.test_tip_path import AT_ONCE, LATER
from tests.serving import free_port

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def sandbox_url(cluster: Cluster) -> Iterator[str]:
    database = TestDatabase(cluster.clone(), cluster)
    yield database.url("djp_sandbox")
    cluster.drop(database.name)


@dataclass
class Endpoint:
    """Our side of the webhooks: a bare HTTP server that takes everything."""

    port: int
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            headers: dict[str, str] = {}
            while (head := (await reader.readline()).decode().strip()) != "":
                name, _, value = head.partition(": ")
                headers[name.lower()] = value
            body = await reader.readexactly(int(headers["content-length"]))
            self.got.append((line.decode().split()[1], headers, body))
            self.arrived.set()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    async def wait_for(self, kind: str) -> None:
        while not any(json.loads(body)["type"] == kind for _, _, body in self.got):
            self.arrived.clear()
            await self.arrived.wait()


@pytest.fixture
async def endpoint() -> AsyncGenerator[Endpoint]:
    place = Endpoint(free_port())
    server = await asyncio.start_server(place.take, "127.0.0.1", place.port)
    yield place
    server.close()


@dataclass
class Running:
    process: asyncio.subprocess.Process
    url: str


@pytest.fixture
async def running(sandbox_url: str, endpoint: Endpoint) -> AsyncGenerator[Running]:
    url = f"http://127.0.0.1:{free_port()}"
    account = stripe_account("tipjar")
    stripe = {
        "tipjar": {
            "secret_key": account.secret_key.get_secret_value(),
            "snapshot_secrets": [s.get_secret_value() for s in account.snapshot_secrets],
            "thin_secrets": [s.get_secret_value() for s in account.thin_secrets],
            "statement_prefix": "TIPJAR",
        }
    }
    environment = os.environ | {
        "DATABASE_SANDBOX_URL": sandbox_url,
        "DJP_SANDBOX_URL": url,
        "DJP_SANDBOX_PUBLIC_URL": url,
        "DJP_PORT": str(endpoint.port),
        "DJP_STRIPE": json.dumps(stripe),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from djplatform.sandbox.serve import serve; serve()",
        env=environment,
    )  # fmt: skip
    async with httpx.AsyncClient() as client:
        await _answers(client, url)
    yield Running(process, url)
    if process.returncode is None:
        process.kill()
        await process.wait()


async def _answers(client: httpx.AsyncClient, url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await client.get(f"{url}/healthz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@pytest.mark.feature("87/sandbox")
async def test_a_tip_over_real_sockets(running: Running, endpoint: Endpoint) -> None:
    stripe = StripeLive(stripe_account("tipjar"), base=f"{running.url}/stripe")
    account = await stripe.create_account(
        idempotency_key="a", email="dj@example.com", country="US", name="DJ Test"
    )
    link = await stripe.account_link(
        account.account_id, idempotency_key="l", return_url="http://app.test/back",
        refresh_url="http://app.test/again",
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=running.url) as browser, asyncio.timeout(30):
        page = (await browser.get(link.url)).headers["location"]
        await browser.post(page, data={"choice": "test"})
        assert (await stripe.retrieve_account(account.account_id)).ready
        session = await stripe.create_checkout(make_order(account.account_id), idempotency_key="c")
        form = inputs((await browser.get(session.url)).text) | {"email": "fan@example.com"}
        answer = await browser.post(session.url, data=form)
        assert answer.status_code == 303
        await endpoint.wait_for(LATER[-1])
    await stripe.aclose()
    told: list[str] = []
    for path, headers, body in endpoint.got:
        if path.endswith("/snapshot"):
            event = stripe.verify_snapshot(body, headers["stripe-signature"])
            told.append(event.type)
        else:
            assert path == "/api/webhooks/stripe/tipjar/thin"
            assert stripe.verify_thin(body, headers["stripe-signature"]).related_id
    assert told == AT_ONCE + LATER


async def test_sigterm_ends_it(running: Running) -> None:
    running.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        assert await running.process.wait() == 0
