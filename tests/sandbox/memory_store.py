"""The sandbox's objects in a dictionary, for tests of the simulators' logic."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from djplatform.sandbox.store import Json, Rows


@dataclass(slots=True)
class _Row:
    seq: int
    owner: str
    due_at: float | None
    text: str

    @property
    def body(self) -> Json:
        return json.loads(self.text)


class MemoryStore:
    """All objects in a dictionary; one transaction at a time."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], _Row] = {}
        self._seq = count(1)
        self._lock = asyncio.Lock()

    async def open(self) -> None:
        """Nothing to connect to."""

    async def close(self) -> None:
        """Nothing to disconnect from."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Rows]:
        """Work on a copy of the dictionary and keep it only if nothing was raised."""
        async with self._lock:
            working = dict(self._rows)
            yield _MemoryRows(working, self._seq)
            self._rows = working


class _MemoryRows:
    def __init__(self, rows: dict[tuple[str, str], _Row], seq: "count[int]") -> None:
        self._rows = rows
        self._seq = seq

    async def get(self, kind: str, key: str, *, lock: bool = False) -> Json | None:
        row = self._rows.get((kind, key))
        return row.body if row else None

    async def put(
        self, kind: str, key: str, body: Json, *, owner: str = "", due_at: float | None = None
    ) -> None:
        old = self._rows.get((kind, key))
        seq = old.seq if old else next(self._seq)
        self._rows[kind, key] = _Row(seq, owner, due_at, json.dumps(body))

    async def add(self, kind: str, key: str, body: Json, *, owner: str = "") -> bool:
        if (kind, key) in self._rows:
            return False
        await self.put(kind, key, body, owner=owner)
        return True

    async def remove(self, kind: str, key: str) -> None:
        self._rows.pop((kind, key), None)

    async def find(
        self,
        kind: str,
        *,
        owner: str = "",
        where: Json | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Json]:
        rows = self._of(kind, owner)
        rows.sort(key=lambda row: row.seq, reverse=True)
        if after:
            edge = self._rows.get((kind, after))
            rows = [row for row in rows if edge and row.seq < edge.seq]
        wanted = (where or {}).items()
        bodies = (row.body for row in rows)
        matching = [body for body in bodies if all(body.get(k) == v for k, v in wanted)]
        return matching[:limit]

    async def due(self, kind: str, until: float, limit: int = 500) -> list[Json]:
        ready = [row for row in self._of(kind, "") if row.due_at is not None]
        ready = [row for row in ready if (row.due_at or 0) <= until]
        ready.sort(key=lambda row: (row.due_at or 0, row.seq))
        return [row.body for row in ready[:limit]]

    async def next_due(self, kinds: tuple[str, ...]) -> float | None:
        times = [row.due_at for (kind, _), row in self._rows.items() if kind in kinds]
        return min((time for time in times if time is not None), default=None)

    def _of(self, kind: str, owner: str) -> list[_Row]:
        return [
            row
            for (found, _), row in self._rows.items()
            if found == kind and owner in ("", row.owner)
        ]
