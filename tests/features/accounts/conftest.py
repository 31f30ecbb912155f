"""A browser without JavaScript in front of the accounts feature, and the mails it causes."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest
from argon2 import PasswordHasher

from djplatform.core import clock, crypto
from djplatform.core.actor import Actor, Role
from djplatform.features.accounts import feature as accounts
from djplatform.features.accounts.dto import Client
from djplatform.features.notifications import feature as notifications
from djplatform.ui.web import protected
from tests.in_process import site_of

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another long sentence"
EMAIL = "jay@example.com"
CLIENT = Client("tipjar", "tipjar", "203.0.113.9", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")


@dataclass(frozen=True)
class Letter:
    """A mail in the outbox."""

    to: str
    kind: str
    sender: str
    text: str

    @property
    def link(self) -> str:
        """Path and query of the button."""
        found = re.search(r"https?://[^/\s]+(/\S+)", self.text)
        assert found
        return found[1]

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that are cheap to make; one test uses the real ones."""
    monkeypatch.setattr(crypto, "_hasher", PasswordHasher(1, 8, 1))
    crypto._nobodys_hash.cache_clear()


@pytest.fixture
def letters(db) -> Callable[[], list[Letter]]:
    """The mails that were written so far, the oldest first."""

    def read() -> list[Letter]:
        rows = db.rows("select recipient, kind, sender, text from mails order by created_at, id")
        return [Letter(r["recipient"], r["kind"], r["sender"], r["text"]) for r in rows]

    return read


@pytest.fixture
async def site(db) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """Browsers of the site: `site()` or `site("djdash.localhost")`, each with its own cookies."""
    clients: list[httpx.AsyncClient] = []

    def browser(host: str = "tipjar.localhost", address: str = "203.0.113.9") -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=protected(api), client=(address, 5000)),
            base_url=f"http://{host}:8000",
            headers={
                "accept": "text/html",
                "user-agent": "Mozilla/5.0 (Linux; Android 15) "
                "AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
            },
        )
        clients.append(client)
        return client

    async with site_of([accounts.FEATURE, notifications.FEATURE]) as api:

        @api.get("/dashboard")
        @api.get("/tipjar/dashboard")
        async def dashboard() -> dict[str, str]:
            return {}

        yield browser
        for client in clients:
            await client.aclose()


@pytest.fixture
def browser(site) -> httpx.AsyncClient:
    return site()


@dataclass
class Clock:
    """The product's clock, moved by hand."""

    at: datetime

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock(clock.now())
    monkeypatch.setattr(clock, "now", lambda: moved.at)
    return moved


@pytest.fixture
def sign_up(letters) -> Callable[..., object]:
    """Go from the form to the dashboard."""

    async def run(
        browser: httpx.AsyncClient, email: str = EMAIL, name: str = "Jay Martell"
    ) -> httpx.Response:
        form = {"name": name, "email": email, "password": PASSWORD}
        assert (await browser.post("/signup", data=form)).status_code == 200
        return await browser.post("/verify", data={"token": letters()[-1].token})

    return run


@pytest.fixture
async def person(site, sign_up, db) -> Actor:
    """Somebody who signed up, and is signed in on one browser."""
    await sign_up(site())
    [row] = db.rows(
        "select user_id, organization_id from memberships m join users u on u.id = m.user_id"
        " where email = %s",
        EMAIL,
    )
    return Actor(row["user_id"], row["organization_id"], Role.OWNER)


async def log_in(
    browser: httpx.AsyncClient, password: str = PASSWORD, email: str = EMAIL, **more: str
) -> httpx.Response:
    return await browser.post("/login", data={"email": email, "password": password, **more})


async def signed_in(browser: httpx.AsyncClient) -> bool:
    """Whether the server knows this browser's session right now."""
    return (await browser.get("/login")).status_code == 303
