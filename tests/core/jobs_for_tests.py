"""Jobs of the worker's tests; a worker in another process imports them too."""

import asyncio

from sqlalchemy import text

from djplatform.core.db import Scope, unit
from djplatform.core.ids import parse_id
from djplatform.core.jobs import job


@job("test.leave_trace")
async def leave_trace(organization: str, pause: int = 0) -> None:
    """Waits, then marks the organization."""
    await asyncio.sleep(pause)
    async with unit(Scope.system(parse_id(organization))) as tx:
        await tx.session.execute(text("select app.audit('test.ran', 'job', '1', null, null)"))
