"""Work of accounts without a person."""

from djplatform.core import clock
from djplatform.core.jobs import sweep
from djplatform.features.accounts import service

_MINUTE = 17
"""Once an hour is enough; the ticker comes every quarter of a minute."""


@sweep
async def purge_what_is_over() -> None:
    """Delete sessions, API tokens, links and counts of failures that are over since long."""
    if clock.now().minute == _MINUTE:
        await service.purge()
