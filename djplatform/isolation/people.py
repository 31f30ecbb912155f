"""The people of an attack: they get accounts past the policies, and sessions as everybody does."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from psycopg import sql

from djplatform.core import clock
from djplatform.core.actor import Role
from djplatform.core.crypto import hash_password, new_secret, secret_hash
from djplatform.core.ids import new_id
from djplatform.forms import Visitor, forms_of
from djplatform.isolation.catalog import Connection

SESSION, DEVICE = "sid", "did"
"""Cookies on a local name."""
TOKEN = "djp_"
_YEAR = timedelta(days=365)


class CouldNotPrepare(RuntimeError):
    """The attack needs something that the product did not give; the text says what."""


@dataclass(slots=True)
class Person:
    """Somebody with an account, who logs in again whenever his session is over."""

    connection: Connection
    user: UUID
    email: str
    password: str
    site: str
    """Where he logs in, as a browser names it."""
    cookie: str = ""

    async def signed_in(self) -> str:
        """The cookie of a live session.

        Raises:
            CouldNotPrepare: the log-in was refused.
        """
        query = "select 1 from sessions where user_id = %s and ended_at is null"
        alive = self.connection.execute(query, (self.user,)).fetchone()
        if not (self.cookie and alive):
            self.cookie = await self._log_in()
        return self.cookie

    async def _log_in(self) -> str:
        port = self.site.rpartition(":")[2]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            answer = await client.post(
                "/login",
                data={"email": self.email, "password": self.password},
                headers={"Host": self.site.partition("//")[2], "Origin": self.site},
            )
        token = answer.cookies.get(SESSION)
        if not token:
            raise CouldNotPrepare(f"{self.email} could not log in: status {answer.status_code}")
        return f"{SESSION}={token}"


async def hire(
    connection: Connection, name: str, organization: UUID, role: Role, site: str
) -> Person:
    """Make a person who belongs to an organization."""
    identifier = new_id()
    email = f"{name}-{identifier.hex[-8:]}@isolation.example.com"
    person = Person(connection, identifier, email, new_secret(), site)
    at = clock.now()
    connection.execute(
        "insert into users (id, email, display_name, email_verified_at, created_at)"
        " values (%s, %s, %s, %s, %s)",
        (person.user, person.email, name.title(), at, at),
    )
    connection.execute(
        "insert into credentials (user_id, password_hash, changed_at) values (%s, %s, %s)",
        (person.user, await hash_password(person.password), at),
    )
    connection.execute(
        "insert into memberships (organization_id, user_id, role, created_at)"
        " values (%s, %s, %s, %s)",
        (organization, person.user, role.value, at),
    )
    return person


def give_token(
    connection: Connection, person: Person, organization: UUID, role: Role, *, over: str = ""
) -> str:
    """Make an API token; gives its secret. `over` is the column that has ended it, if one has.

    Its last use lies ahead, so that using it writes nothing: not everything that changes while
    an attack runs is its doing.
    """
    secret, at = f"{TOKEN}{new_secret()}", clock.now()
    connection.execute(
        "insert into api_tokens (id, user_id, organization_id, name, role, ending, token_hash,"
        " created_at, rotated_at, expires_at, seen_at) values (%s, %s, %s, 'A program', %s, %s,"
        " %s, %s, %s, %s, %s)",
        (
            new_id(), person.user, organization, role.value, secret[-4:], secret_hash(secret),
            at, at, at + _YEAR, at + _YEAR,
        ),
    )  # fmt: skip
    if over:
        statement = sql.SQL("update api_tokens set {} = %s where token_hash = %s")
        ended = (at, secret_hash(secret))
        connection.execute(statement.format(sql.Identifier(over)), ended)
    return secret


@dataclass(frozen=True, slots=True)
class Fan:
    """Somebody without an account who has begun a tip."""

    cookie: str
    token: str
    """Of the form that he sent."""


async def tip(site: str, slug: str, words: str) -> Fan:
    """Begin a tip on a DJ's page, with JavaScript switched off, on a new device.

    Raises:
        CouldNotPrepare: the page did not lead to the checkout.
    """
    visitor = Visitor()
    try:
        page = await visitor.get(f"{site}/t/{slug}")
        forms = [form for form in forms_of(page.text) if "token" in form.values]
        if not forms:
            raise CouldNotPrepare(f"/t/{slug} takes no tips: status {page.status_code}")
        sent = await visitor.send(page, {"message": words, "guest_name": words}, follow=False)
    finally:
        await visitor.close()
    device = sent.cookies.get(DEVICE)
    if not sent.has_redirect_location or not device:
        raise CouldNotPrepare(f"/t/{slug} did not lead to a checkout: status {sent.status_code}")
    return Fan(f"{DEVICE}={device}", forms[0].values["token"])
