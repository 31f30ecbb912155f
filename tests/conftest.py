"""Fixtures of every test: an embedded PostgreSQL, a fresh database per test, people to act."""

import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from djplatform.core import clock
from djplatform.core.actor import Actor, Role
from djplatform.core.db import databases
from djplatform.core.db.bootstrap import bootstrap, with_login
from djplatform.core.db.embedded import remove, start
from djplatform.core.db.roles import LOGINS, OWNER
from djplatform.core.ids import new_id
from djplatform.core.jobs import queue
from djplatform.settings import settings
from djplatform.vendors.resend import live as resend_live
from djplatform.vendors.stripe import live as stripe_live
from djplatform.worker import connector, load_jobs

pytest_plugins = [
    "tests.plugins.one_at_a_time",
    "tests.plugins.feature_table",
    "tests.plugins.page_speed",
]

SCOPE_KEY = "5c" * 32
PASSWORDS = {login.name: "test" for login in LOGINS} | {OWNER: "test"}
TEMPLATE = "djp_template"


@dataclass(frozen=True)
class Cluster:
    """The server of this test process and its migrated template database."""

    admin_url: str

    def clone(self) -> str:
        """A fresh copy of the template; returns its name."""
        name = f"t_{secrets.token_hex(6)}"
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
                )
            )
        return name

    def drop(self, name: str) -> None:
        """Remove a copy, whoever is still connected."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


@dataclass(frozen=True)
class TestDatabase:
    """One test's database under each login."""

    __test__ = False
    name: str
    cluster: Cluster

    def url(self, login: str) -> str:
        """The URL of a login; `postgres` is the superuser, who sees everything."""
        if login == "postgres":
            return with_superuser(self.cluster.admin_url, self.name)
        return with_login(self.cluster.admin_url, login, PASSWORDS[login], self.name)

    def rows(self, query: str, *parameters: object) -> list[dict]:
        """What a query gives the superuser: the truth, past every policy."""
        with psycopg.connect(self.url("postgres"), autocommit=True, row_factory=dict_row) as c:
            cursor = c.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


def with_superuser(admin_url: str, database: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(admin_url)
    return psycopg.conninfo.make_conninfo("", **{**parts, "dbname": database})


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server of our own, or the one that `DJP_TEST_DATABASE_URL` names (a superuser's URL)."""
    given = os.environ.get("DJP_TEST_DATABASE_URL")
    folder = tmp_path_factory.mktemp("server")
    server = None if given else start(folder, test=True)
    cluster = Cluster(given or server.superuser_url)
    with psycopg.connect(cluster.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(TEMPLATE)))
    bootstrap(cluster.admin_url, PASSWORDS, SCOPE_KEY, database=TEMPLATE)
    yield cluster
    if server:
        server.stop()
        remove(folder)


@pytest.fixture(autouse=True)
def _own_settings() -> Iterator[None]:
    """What a test, or a command that it ran in this process, told the product ends with it."""
    ours = ("DJP_", "DATABASE_")
    before = {name: value for name, value in os.environ.items() if name.startswith(ours)}
    forget_settings()
    yield
    for name in [name for name in os.environ if name.startswith(ours)]:
        del os.environ[name]
    os.environ.update(before)
    forget_settings()


def forget_settings() -> None:
    """Forget the settings, and the clients that were made by them."""
    settings.cache_clear()
    stripe_live.client.cache_clear()
    resend_live.client.cache_clear()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Sets `DJP_*` variables for one test: `environment(DJP_PORT="8123")`."""
    monkeypatch.setenv("DJP_SCOPE_KEY", SCOPE_KEY)
    monkeypatch.setenv("DJP_SIGNING_KEY", "a7" * 32)
    monkeypatch.setenv("DJP_DATA_DIR", str(tmp_path))
    settings.cache_clear()

    def put(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()

    return put


@pytest.fixture
async def db(cluster: Cluster, environment: Callable[..., None]) -> AsyncIterator[TestDatabase]:
    """A fresh database; the process has every login, as web and worker together."""
    database = TestDatabase(cluster.clone(), cluster)
    environment(
        DATABASE_WEB_URL=database.url("djp_web"),
        DATABASE_WORKER_URL=database.url("djp_worker"),
        DATABASE_PLATFORM_URL=database.url("djp_platform"),
        DATABASE_HUB_URL=database.url("djp_hub"),
        DATABASE_SANDBOX_URL=database.url("djp_sandbox"),
    )
    databases.configure(
        web=database.url("djp_web"),
        worker=database.url("djp_worker"),
        platform=database.url("djp_platform"),
        pool_size=5,
    )
    yield database
    await databases.close()
    cluster.drop(database.name)
    settings.cache_clear()


@dataclass(frozen=True)
class World:
    """Two organizations and the people around them.

    `owner`, `mate` (a member) and `viewer` belong to organization `a` (TipJar); `outsider` owns
    organization `b` (DJ Dash); `admin` is a platform admin without an organization; `device` is a
    fan's.
    """

    a: UUID
    b: UUID
    owner: Actor
    mate: Actor
    viewer: Actor
    outsider: Actor
    admin: UUID
    device: UUID


@pytest.fixture
def world(db: TestDatabase) -> World:
    """People and organizations, written past the policies."""
    with psycopg.connect(db.url("postgres"), autocommit=True) as connection:
        a = _organization(connection, "jay-martell", "Jay Martell", "tipjar", "GB", "GBP")
        b = _organization(connection, "northlight", "Northlight Events", "djdash", "US", "USD")
        people = {
            name: _person(connection, name)
            for name in ("owner", "mate", "viewer", "outsider", "admin")
        }
        connection.execute(
            "insert into platform_roles values (%s, 'platform_admin', now(), 'test')",
            (people["admin"],),
        )
        actors = {
            name: _member(connection, people[name], organization, role)
            for name, organization, role in (
                ("owner", a, Role.OWNER),
                ("mate", a, Role.MEMBER),
                ("viewer", a, Role.VIEWER),
                ("outsider", b, Role.OWNER),
            )
        }
    return World(a=a, b=b, admin=people["admin"], device=new_id(), **actors)


def _organization(connection, slug, name, product, country, currency) -> UUID:
    identifier = new_id()
    connection.execute(
        "insert into organizations (id, slug, name, product_context, country, currency, created_at)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        (identifier, slug, name, product, country, currency, clock.now()),
    )
    return identifier


def _person(connection, name: str) -> UUID:
    identifier = new_id()
    connection.execute(
        "insert into users (id, email, display_name, email_verified_at, created_at)"
        " values (%s, %s, %s, %s, %s)",
        (identifier, f"{name}@example.com", name.title(), clock.now(), clock.now()),
    )
    return identifier


def _member(connection, user: UUID, organization: UUID, role: Role) -> Actor:
    connection.execute(
        "insert into memberships values (%s, %s, %s, %s)",
        (organization, user, role.value, clock.now()),
    )
    return Actor(user, organization, role)


UNTRIED = """
    select id from procrastinate.procrastinate_jobs
    where status = 'todo' and attempts = 0 and scheduled_at is null limit 1"""


@pytest.fixture
async def drain(db: TestDatabase) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Runs every waiting job, as the worker would, and ends: `await drain()`.

    Raises:
        AssertionError: a job failed for good or is left waiting for its next try.
    """
    load_jobs()
    with queue.replace_connector(connector(db.url("djp_worker"))):
        async with queue.open_async():

            async def run() -> None:
                # The worker ends when it finds nothing, perhaps before a running job defers more.
                while db.rows(UNTRIED):
                    await queue.run_worker_async(
                        wait=False,
                        concurrency=4,
                        install_signal_handlers=False,
                        listen_notify=False,
                        delete_jobs="successful",
                    )
                left = db.rows("select task_name, status from procrastinate.procrastinate_jobs")
                assert not left, left

            yield run
