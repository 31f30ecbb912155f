"""Events live for a day: longer than any phone sleeps, short enough to stay small."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

from sqlalchemy import text

from djplatform.core import clock
from djplatform.core.db.scope import Scope
from djplatform.core.db.uow import unit
from djplatform.core.jobs import sweep

KEEP = timedelta(days=1)
_EVERY_SECONDS = 600.0
_AT_ONCE = 5_000
"""Small steps: a delete of a whole festival's events would hold its rows too long."""
_PLATFORM = UUID("00000000-0000-7000-8000-000000000001")

_DELETE = text("select app.delete_realtime_events(:before, :at_most)")


@dataclass
class _Last:
    at: float | None = None


_last = _Last()


async def delete_old_events() -> int:
    """Delete events older than a day; gives how many. Safe to run twice."""
    before = clock.now() - KEEP
    total = 0
    while True:
        async with unit(Scope.system(_PLATFORM)) as tx:
            gone = await tx.session.scalar(_DELETE, {"before": before, "at_most": _AT_ONCE})
        total += gone or 0
        if not gone or gone < _AT_ONCE:
            return total


@sweep
async def sweep_old_events() -> None:
    """Look every ten minutes, though the ticker calls more often."""
    if _last.at is None or monotonic() - _last.at >= _EVERY_SECONDS:
        await delete_old_events()
        _last.at = monotonic()
