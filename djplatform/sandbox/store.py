"""Where the simulators keep their objects: JSON by kind and id, in transactions.

The simulators know this protocol only. `store_postgres` fulfils it for the running sandbox, and the
tests of their logic bring one in memory. A store hands out copies, so that a changed dictionary
changes nothing by itself.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Json = dict[str, Any]


class Rows(Protocol):
    """The objects as one transaction sees them."""

    async def get(self, kind: str, key: str, *, lock: bool = False) -> Json | None:
        """Read one object; `lock` makes other transactions that lock it wait."""
        ...

    async def put(
        self, kind: str, key: str, body: Json, *, owner: str = "", due_at: float | None = None
    ) -> None:
        """Insert or replace an object; it keeps the place in order that it got first."""
        ...

    async def add(self, kind: str, key: str, body: Json, *, owner: str = "") -> bool:
        """Insert an object unless the key is taken; tell whether it was inserted."""
        ...

    async def remove(self, kind: str, key: str) -> None:
        """Delete an object; deleting none is no error."""
        ...

    async def find(
        self,
        kind: str,
        *,
        owner: str = "",
        where: Json | None = None,
        after: str = "",
        limit: int = 100,
    ) -> list[Json]:
        """List objects, the one that was inserted last first.

        Args:
            kind: Of which kind.
            owner: Only this owner's; empty for all.
            where: Top-level fields that must be equal.
            after: Begin behind the object with this key, with the next older one.
            limit: At most so many.
        """
        ...

    async def due(self, kind: str, until: float, limit: int = 500) -> list[Json]:
        """List objects whose `due_at` has come, the earliest first."""
        ...

    async def next_due(self, kinds: tuple[str, ...]) -> float | None:
        """Tell when the next object of these kinds is due."""
        ...


class Store(Protocol):
    """Opens transactions."""

    async def open(self) -> None:
        """Connect, and make what is missing."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Rows]:
        """One transaction: committed at its end, undone by an exception."""
        ...
