"""Programs in front of the whole site, in this process: real services, database, and layers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from djplatform import registry
from djplatform.core.actor import Actor
from djplatform.features.accounts import service as accounts
from djplatform.features.accounts.dto import CreateApiToken, IssuedApiToken
from djplatform.ui.web import protected
from tests.in_process import site_of

Program = Callable[..., httpx.AsyncClient]
Issue = Callable[..., Awaitable[IssuedApiToken]]


@pytest.fixture
async def program(db) -> AsyncIterator[Program]:
    """`program(secret)` is a program with that token; without one it shows none."""
    clients: list[httpx.AsyncClient] = []

    def start(secret: str = "", address: str = "203.0.113.9", **more: Any) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(
                app=protected(api), client=(address, 5000), raise_app_exceptions=False
            ),
            base_url="http://tipjar.localhost:8000/api/v1",
            headers=headers | more,
        )
        clients.append(client)
        return client

    async with site_of(registry.features()) as api:
        yield start
        for client in clients:
            await client.aclose()


@pytest.fixture
def issue(world) -> Issue:
    """`await issue(world.owner, role="viewer")` makes a token."""

    async def run(actor: Actor, role: str = "viewer", days: str = "30") -> IssuedApiToken:
        command = CreateApiToken(name="A program", role=role, days=days)
        return await accounts.create_api_token(actor, command)

    return run
