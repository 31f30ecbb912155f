"""The unit of work: one transaction, one scope, committed at the edge.

Services only flush. A commit in their midst would drop the scope, and a vendor awaited inside
would hold a connection and its locks for as long as a stranger's server likes.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from djplatform.core.db.engine import databases
from djplatform.core.db.scope import Scope, ScopeKind, sign

_open_unit: ContextVar[bool] = ContextVar("open_unit", default=False)

_TAKE_SCOPE = text("select set_config('role', :role, true), set_config('app.scope', :scope, true)")


class VendorCallInsideUnit(RuntimeError):
    """A vendor, model or file transfer was awaited while a transaction was open."""


class NestedUnit(RuntimeError):
    """A unit of work was opened inside another one."""


@dataclass(slots=True)
class Tx:
    """What a use case gets: the session, the scope, and room for what must happen at commit."""

    session: AsyncSession
    scope: Scope
    before_commit: list[Callable[["Tx"], Awaitable[None]]] = field(default_factory=list)
    """Run in order inside the transaction, just before it commits."""
    collected: dict[str, list[Any]] = field(default_factory=dict)
    """What hooks gather until then, by their own key."""

    async def flush(self) -> None:
        """Send pending changes to the database without committing."""
        await self.session.flush()


def forbid_in_unit(what: str) -> None:
    """Refuse to go on while the running task has an open unit of work.

    Raises:
        VendorCallInsideUnit: a unit is open; `what` names the call.
    """
    if _open_unit.get():
        raise VendorCallInsideUnit(f"{what} was called inside an open unit of work")


@asynccontextmanager
async def unit(scope: Scope) -> AsyncGenerator[Tx]:
    """One transaction under one scope; commits at the end, rolls back on any exception.

    Raises:
        NestedUnit: the running task already has a unit open.
    """
    if _open_unit.get():
        raise NestedUnit("finish the open unit of work first")
    token = _open_unit.set(True)
    try:
        async with databases.of(scope.kind).sessions() as session, session.begin():
            await session.execute(_TAKE_SCOPE, {"role": scope.role, "scope": sign(scope)})
            if scope.kind is ScopeKind.PLATFORM:
                await session.execute(
                    text("select app.audit_platform_access(:reason)"), {"reason": scope.reason}
                )
            tx = Tx(session, scope)
            yield tx
            await session.flush()
            for hook in tx.before_commit:
                await hook(tx)
    finally:
        _open_unit.reset(token)
