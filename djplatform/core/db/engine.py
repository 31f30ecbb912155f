"""Engines: one per login, because the login bounds which roles a process can take."""

from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from djplatform.core.db.scope import ScopeKind

SEARCH_PATH = "public,procrastinate"
_APPLICATION = "djplatform"
NETWORK: dict[str, Any] = {"connect_timeout": 5, "tcp_user_timeout": 20_000}
"""For every connection: seconds to be let in, and milliseconds until a peer that acknowledges
nothing counts as gone. Without it the system tries for a quarter of an hour."""
UNAVAILABLE: tuple[type[Exception], ...] = (
    OperationalError,
    InterfaceError,
    PoolTimeout,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
"""What is raised while PostgreSQL restarts, is full, or lets wait too long: it will pass."""


def sqlalchemy_url(url: str) -> str:
    """A `postgresql://` URL as SQLAlchemy's psycopg dialect wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace(
        "postgres://", "postgresql+psycopg://", 1
    )


class Database:
    """The pool of one login."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            make_url(sqlalchemy_url(url)),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            # A restarted server leaves dead connections behind; one round trip finds them.
            pool_pre_ping=True,
            connect_args={
                **NETWORK,
                "options": f"-c search_path={SEARCH_PATH}",
                "application_name": _APPLICATION,
            },
        )
        self.sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


@dataclass
class Databases:
    """The logins of this process. Web has no `worker`, the worker has no `web`."""

    web: Database | None = None
    worker: Database | None = None
    platform: Database | None = None

    def configure(
        self, *, web: str = "", worker: str = "", platform: str = "", pool_size: int = 10
    ) -> None:
        """Make the engines of the logins whose URL is given."""
        self.web = Database(web, pool_size=pool_size) if web else None
        self.worker = Database(worker, pool_size=pool_size) if worker else None
        self.platform = Database(platform, pool_size=2) if platform else None

    def of(self, kind: ScopeKind) -> Database:
        """The database through which a scope of this kind may run.

        Raises:
            RuntimeError: this process has no login for it.
        """
        special = {ScopeKind.SYSTEM: self.worker, ScopeKind.PLATFORM: self.platform}
        found = special.get(kind, self.web or self.worker)
        if found is None:
            raise RuntimeError(f"this process has no database login for scope {kind.value!r}")
        return found

    async def close(self) -> None:
        """Close every engine."""
        for database in (self.web, self.worker, self.platform):
            if database is not None:
                await database.close()
        self.web = self.worker = self.platform = None


databases = Databases()
