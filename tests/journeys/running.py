"""A running product as a test breaks it: its processes, its database, its sandbox, its visitors."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from djplatform import demo
from djplatform.core.db import embedded
from djplatform.core.db.embedded_process import Postmaster, postmaster
from djplatform.core.db.roles import DATABASE
from djplatform.forms import Visitor
from djplatform.temporary import Product
from tests.serving import children

WIDE_LIMITS = {
    "DJP_LIMIT_FORM_DEVICE": "10000 per minute",
    "DJP_LIMIT_SIGNUP_ADDRESS": "10000 per hour",
    "DJP_LIMIT_LOGIN_ADDRESS": "10000 per hour",
}
"""A limit that slows a test down would hide what the fault does."""
PATIENCE = 60
"""Seconds until something that must happen counts as not happening."""

_DOING = "select id from procrastinate.procrastinate_jobs where status in ('todo', 'doing')"
_UNDELIVERED = (
    "select key from sandbox.objects where kind = 'delivery'"
    " and coalesce(body->>'state', '') not in ('delivered', 'failed')"
)
_UNSETTLED = "select id from payments where status = 'paid' and settled_at is null"


@dataclass
class Running:
    """A product with its demo people; `dj` is a demo DJ's slug."""

    product: Product
    visitors: list[Visitor] = field(default_factory=list)
    looked_at: set[str] = field(default_factory=set)
    """Events of the sandbox that were held to the contract already."""

    @property
    def port(self) -> int:
        return self.product.port

    def page(self, path: str, brand: str = "tipjar") -> str:
        """An address of a brand's host."""
        return f"http://{brand}.localhost:{self.port}{path}"

    # --- processes ---------------------------------------------------------------------------

    def children(self) -> dict[str, int]:
        """The processes of the product by name."""
        return children(self.product.pid)

    def kill(self, name: str) -> int:
        """Kill a process as a crash would; its supervisor is told by nobody."""
        pid = self.children()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    async def comes_back(self, name: str, killed: int) -> None:
        """Wait until the supervisor has started it again and it answers."""
        await until(lambda: self.children().get(name, killed) != killed, f"{name} comes back")
        if name == "worker":
            await until(self._a_worker_listens, "the worker works")
        else:
            address = self.product.url if name == "web" else self.product.sandbox_url
            path = "/readyz" if name == "web" else "/healthz"
            await until(lambda: answers(address + path), f"{name} answers")

    def _a_worker_listens(self) -> bool:
        return bool(
            self.rows("select 1 from pg_stat_activity where application_name = 'djplatform-jobs'")
        )

    # --- database ----------------------------------------------------------------------------

    def server(self) -> Postmaster | None:
        """The living PostgreSQL of the product, or none."""
        return postmaster(embedded.data_folder(self.product.data_dir.absolute()))

    def database_url(self) -> str:
        """The superuser's address of the database, who sees everything."""
        server = self.server()
        if server is None:
            raise ConnectionError("PostgreSQL is down")
        return psycopg.conninfo.make_conninfo(
            "", host=str(server.socket_directory), port=embedded.PORT, user="postgres",
            dbname=DATABASE,
        )  # fmt: skip

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """What a query gives the superuser: the truth, past every policy."""
        with psycopg.connect(self.database_url(), autocommit=True, row_factory=dict_row) as c:
            cursor = c.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def value(self, query: str, *values: object) -> Any:
        """The first column of the first row."""
        return next(iter(self.rows(query, *values)[0].values()))

    # --- sandbox -----------------------------------------------------------------------------

    async def control(self, path: str, /, **body: Any) -> Any:
        """Tell the simulators what to do; see `/control/…`."""
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(f"{self.product.sandbox_url}/control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def event_of(self, payment_id: str, kind: str, brand: str = "tipjar") -> str:
        """The id of the sandbox's event of a kind about a payment."""

        def found() -> list[dict[str, Any]]:
            return self.rows(
                "select key from sandbox.objects where kind = 'event' and body->>'type' = %s"
                " and owner = %s and body->'data'->'object'->'metadata'->>'payment_id' = %s",
                kind, brand, payment_id,
            )  # fmt: skip

        await until(lambda: bool(found()), f"Stripe tells of {kind}")
        return found()[0]["key"]

    async def stripe(self, method: str, path: str, brand: str = "tipjar") -> Any:
        """Ask the sandbox's Stripe with a brand's own key."""
        key = self.product.secrets()["stripe"][brand]["secret_key"]
        async with httpx.AsyncClient() as client:
            answer = await client.request(
                method, f"{self.product.sandbox_url}/stripe{path}",
                headers={"Authorization": f"Bearer {key}"},
            )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.json()

    # --- people ------------------------------------------------------------------------------

    def visitor(self) -> Visitor:
        """Another browser."""
        made = Visitor(timeout=30)
        self.visitors.append(made)
        return made

    async def fan(self, slug: str = "jay-martell", brand: str = "tipjar") -> "Fan":
        """A fan who has the DJ's page open."""
        browser = self.visitor()
        form = await browser.get(self.page(f"/t/{slug}", brand))
        assert form.status_code == 200, form.text
        return Fan(self, browser, form)

    async def log_in(self, browser: Visitor, email: str) -> httpx.Response:
        """Send the log-in form of the neutral brand; the answer that it gives."""
        form = await browser.get(f"{self.product.url}/login")
        return await browser.send(form, {"email": email, "password": demo.PASSWORD}, follow=False)

    async def signed_in(self, email: str) -> Visitor:
        """A browser in which one of the demo's people is logged in."""
        browser = self.visitor()
        assert (await self.log_in(browser, email)).status_code == 303
        return browser

    # --- the end of every fault ----------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until nothing is under way any more, on either side."""

        def quiet() -> bool:
            return not (self.rows(_UNDELIVERED) or self.rows(_DOING) or self.rows(_UNSETTLED))

        await until(quiet, "everything settles", 2 * PATIENCE, explain=self.under_way)

    def under_way(self) -> str:
        """What is still to be done, for who waits in vain."""
        jobs = self.rows(
            "select task_name, status::text, attempts, scheduled_at"
            " from procrastinate.procrastinate_jobs"
        )
        waiting = self.rows(_UNDELIVERED), self.rows(_UNSETTLED)
        return f"jobs {jobs}, undelivered and unsettled {waiting}"

    async def close(self) -> None:
        """Close every browser."""
        for visitor in self.visitors:
            await visitor.close()
        self.visitors.clear()


@dataclass
class Fan:
    """A fan's phone with the tip form on it."""

    running: Running
    browser: Visitor
    form: httpx.Response

    async def send(self, amount: str = "5.00", **words: str) -> httpx.Response:
        """Send the form and stop before what it leads to."""
        typed = {"amount": "custom", "custom_amount": amount, **words}
        return await self.browser.send(self.form, typed, follow=False)

    async def to_checkout(self, amount: str = "5.00", **words: str) -> httpx.Response:
        """Send the form and open the payment page."""
        sent = await self.send(amount, **words)
        assert sent.status_code == 303, sent.text
        return await self.browser.get(sent.headers["location"])

    async def pay(self, checkout: httpx.Response) -> str:
        """Press "pay"; the address that the fan is led back to."""
        paid = await self.browser.send(checkout, {}, follow=False)
        assert paid.status_code == 303, paid.text
        return paid.headers["location"]

    async def tip(self, amount: str = "5.00", **words: str) -> str:
        """The whole way; the id of the payment."""
        return payment_of(await self.pay(await self.to_checkout(amount, **words)))

    async def reads(self, payment_id: str) -> str:
        """The page that says what became of the tip."""
        slug = self.form.extensions["asked"].rpartition("/")[2]
        return (await self.browser.get(self.running.page(f"/t/{slug}/tips/{payment_id}"))).text


def payment_of(address: str) -> str:
    """The payment's id in the address that a fan comes back to."""
    return address.rpartition("/")[2].partition("?")[0]


async def answers(url: str) -> bool:
    """Whether an address answers, and well."""
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


async def until(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]],
    what: str,
    seconds: float = PATIENCE,
    *,
    explain: Callable[[], str] | None = None,
) -> None:
    """Wait until something holds; a database that is down just now counts as no.

    Raises:
        AssertionError: it did not in time; `explain` says how it stands.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await _now(holds):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"waited in vain: {what}. {explain() if explain else ''}") from None


async def _now(holds: Callable[[], Any]) -> bool:
    try:
        found = holds()
        return bool(await found if asyncio.iscoroutine(found) else found)
    except (psycopg.OperationalError, ConnectionError):
        return False


@asynccontextmanager
async def booth_stream(
    running: Running, visitor: Visitor, event_id: str
) -> AsyncIterator[AsyncIterator[str]]:
    """The data of a booth's live stream in a signed-in browser, from its hello on."""
    headers = {"Cookie": visitor.cookies("127.0.0.1")}
    address = f"{running.product.url}/api/stream/booth:{event_id}"
    async with (
        httpx.AsyncClient(timeout=PATIENCE) as client,
        client.stream("GET", address, headers=headers) as response,
    ):
        assert response.status_code == 200
        lines = response.aiter_lines()
        async for line in lines:
            if line == "event: ping":
                break
        yield lines
