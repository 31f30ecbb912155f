"""Events live for a day: longer than any phone sleeps, short enough to stay small."""

from datetime import timedelta

from sqlalchemy import text

from djplatform.core import clock
from djplatform.core.db.scope import Scope
from djplatform.core.db.uow import unit
from djplatform.core.ids import PLATFORM_ORGANIZATION
from djplatform.core.jobs import sweep

KEEP = timedelta(days=1)
_AT_ONCE = 5_000
"""Small steps: a delete of a whole festival's events would hold its rows too long."""

_DELETE = text("select app.delete_realtime_events(:before, :at_most)")


@sweep(every=600)
async def delete_old_events() -> None:
    """Delete events older than a day."""
    before = clock.now() - KEEP
    gone = _AT_ONCE
    while gone == _AT_ONCE:
        async with unit(Scope.system(PLATFORM_ORGANIZATION)) as tx:
            gone = await tx.session.scalar(_DELETE, {"before": before, "at_most": _AT_ONCE})
