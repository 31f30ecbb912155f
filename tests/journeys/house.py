"""The whole product in one process: every page and route, real services, a sandbox under contract.

Sites answer on one port and the sandbox on the next, as in a running product, so that the same
visitors walk through it.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from djplatform.core.actor import Actor, Role
from djplatform.forms import Visitor
from djplatform.sandbox import clockwork
from djplatform.sandbox.core import Sandbox

PORT = 8123
SANDBOX_PORT = PORT + 1
SANDBOX = f"http://127.0.0.1:{SANDBOX_PORT}"
PASSWORD = "correct horse battery"


def address(host: str, path: str = "/") -> str:
    """A page of a brand's host: `address("tipjar.localhost", "/signup")`."""
    return f"http://{host}:{PORT}{path}"


@dataclass
class Ports(httpx.AsyncBaseTransport):
    """The network of this process: what answers on which port."""

    apps: dict[int, httpx.AsyncBaseTransport]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.apps[request.url.port or 80].handle_async_request(request)


@dataclass(frozen=True)
class Asked:
    """One request that the sandbox's Stripe received."""

    key: str
    method: str
    path: str


@dataclass
class Recorder(httpx.AsyncBaseTransport):
    """Passes requests on and keeps which secret key asked for what."""

    to: httpx.AsyncBaseTransport
    asked: list[Asked] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/stripe/"):
            key = request.headers["authorization"].removeprefix("Bearer ")
            path = request.url.path.removeprefix("/stripe")
            self.asked.append(Asked(key, request.method, path))
        return await self.to.handle_async_request(request)


@dataclass
class House:
    """What a journey acts with."""

    db: Any
    sandbox: Sandbox
    network: Ports
    recorder: Recorder
    drain_jobs: Callable[[], Awaitable[None]]
    visitors: list[Visitor] = field(default_factory=list)

    def visitor(self) -> Visitor:
        """Another browser."""
        made = Visitor(transport=self.network)
        self.visitors.append(made)
        return made

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        return self.db.rows(query, *values)

    async def settle(self) -> None:
        """Let everything happen that waits, on both sides."""
        for _ in range(3):
            await clockwork.drain(self.sandbox)
            await self.drain_jobs()

    async def mailed_link(self, email: str) -> str:
        """The link of the newest mail to somebody, as the sandbox's outbox shows it."""
        await self.settle()
        async with httpx.AsyncClient(transport=self.network) as client:
            found = (await client.get(f"{SANDBOX}/mail.json", params={"to": email})).json()["data"]
        link = re.search(r"https?://\S+", found[0]["text"])
        assert link
        return link[0]

    def actor(self, email: str) -> Actor:
        """The person of an address, in the one organization that they have."""
        [held] = self.rows(
            "select u.id, m.organization_id, m.role from memberships m"
            " join users u on u.id = m.user_id where u.email = %s",
            email,
        )
        return Actor(held["id"], held["organization_id"], Role(held["role"]))

    def journal(self, organization_id: UUID | None = None) -> dict[tuple[str, str], int]:
        """Balances by (brand, account), in minor units; of everybody or of one organization."""
        found = self.rows(
            "select a.brand, a.kind, sum(l.amount_minor)::int as balance from journal_lines l"
            " join ledger_accounts a on a.organization_id = l.organization_id"
            " and a.id = l.account_id"
            " where %s::uuid is null or l.organization_id = %s group by 1, 2",
            organization_id,
            organization_id,
        )
        return {(row["brand"], row["kind"]): row["balance"] for row in found}

    async def at_stripe(self, brand: str) -> int:
        """What a brand's account at the sandbox's Stripe holds, in minor units."""
        key = self.sandbox.config.brands[brand].secret_key
        async with httpx.AsyncClient(transport=self.network) as client:
            answer = await client.get(
                f"{SANDBOX}/stripe/v1/balance", headers={"Authorization": f"Bearer {key}"}
            )
        return sum(entry["amount"] for entry in answer.json()["available"])

    def keys_that_asked(self, *paths: str) -> set[str]:
        """The brands whose keys asked for paths that contain one of these, or for anything."""
        names = {brand.secret_key: name for name, brand in self.sandbox.config.brands.items()}
        return {names[a.key] for a in self.recorder.asked if _any(paths, a.path)}


def _any(parts: Sequence[str], path: str) -> bool:
    return not parts or any(part in path for part in parts)
