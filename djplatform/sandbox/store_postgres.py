"""The sandbox's objects in its own schema of the installation's PostgreSQL.

One table for all simulators: their objects are a vendor's, not ours, and are read by id or in
order of insertion only. The login owns nothing but this schema.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from djplatform.sandbox.store import Json, Rows

_CREATE = """
create table if not exists sandbox.objects (
    kind text not null,
    key text not null,
    seq bigint generated always as identity,
    owner text not null default '',
    due_at double precision,
    body jsonb not null,
    primary key (kind, key)
);
create index if not exists objects_order on sandbox.objects (kind, owner, seq);
create index if not exists objects_due on sandbox.objects (kind, due_at) where due_at is not null;
"""


class PostgresStore:
    """Objects in the table `sandbox.objects`."""

    def __init__(self, url: str, *, pool_size: int = 6) -> None:
        """Take a connection string; a SQLAlchemy driver suffix in it is dropped."""
        self._pool = AsyncConnectionPool(
            url.replace("postgresql+psycopg://", "postgresql://", 1),
            min_size=1,
            max_size=pool_size,
            open=False,
            check=AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        """Connect; make schema and table where they are missing."""
        await self._pool.open(wait=True, timeout=30)
        async with self._pool.connection() as connection:
            # Asked first: "if not exists" demands the right to create schemas even if it is there.
            found = await (
                await connection.execute("select to_regnamespace('sandbox') is not null")
            ).fetchone()
            if found is None or not found[0]:
                await connection.execute("create schema if not exists sandbox")
            await connection.execute(_CREATE)

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Rows]:
        """One database transaction."""
        async with self._pool.connection() as connection:
            yield _PostgresRows(connection)


class _PostgresRows:
    def __init__(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection

    async def get(self, kind: str, key: str, *, lock: bool = False) -> Json | None:
        query = "select body from sandbox.objects where kind = %s and key = %s"
        found = await self._rows(query + (" for update" if lock else ""), (kind, key))
        return found[0] if found else None

    async def put(
        self, kind: str, key: str, body: Json, *, owner: str = "", due_at: float | None = None
    ) -> None:
        await self._connection.execute(
            """insert into sandbox.objects (kind, key, owner, due_at, body)
               values (%s, %s, %s, %s, %s)
               on conflict (kind, key) do update
               set owner = excluded.owner, due_at = excluded.due_at, body = excluded.body""",
            (kind, key, owner, due_at, Jsonb(body)),
        )

    async def add(self, kind: str, key: str, body: Json, *, owner: str = "") -> bool:
        done = await self._connection.execute(
            """insert into sandbox.objects (kind, key, owner, body)
               values (%s, %s, %s, %s) on conflict do nothing""",
            (kind, key, owner, Jsonb(body)),
        )
        return done.rowcount == 1

    async def remove(self, kind: str, key: str) -> None:
        await self._connection.execute(
            "delete from sandbox.objects where kind = %s and key = %s", (kind, key)
        )

    async def find(
        self,
        kind: str,
        *,
        owner: str = "",
        where: Json | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Json]:
        return await self._rows(
            """select body from sandbox.objects
               where kind = %(kind)s and (%(owner)s = '' or owner = %(owner)s)
                 and body @> %(where)s
                 and (%(after)s = '' or seq < (select edge.seq from sandbox.objects edge
                                               where edge.kind = %(kind)s
                                                 and edge.key = %(after)s))
               order by seq desc limit %(limit)s""",
            {
                "kind": kind,
                "owner": owner,
                "where": Jsonb(where or {}),
                "after": after,
                "limit": limit,
            },
        )

    async def due(self, kind: str, until: float, limit: int = 500) -> list[Json]:
        return await self._rows(
            """select body from sandbox.objects where kind = %s and due_at <= %s
               order by due_at, seq limit %s""",
            (kind, until, limit),
        )

    async def next_due(self, kinds: tuple[str, ...]) -> float | None:
        found = await self._rows(
            "select min(due_at) from sandbox.objects where kind = any(%s) and due_at is not null",
            (list(kinds),),
        )
        return found[0]

    async def _rows(self, query: Any, values: Any) -> list[Any]:
        cursor = await self._connection.execute(query, values)
        return [row[0] for row in await cursor.fetchall()]
