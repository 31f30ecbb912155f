"""Work of accounts without a person."""

from djplatform.core.jobs import sweep
from djplatform.features.accounts import service


@sweep(every=3600)
async def purge_what_is_over() -> None:
    """Delete sessions, API tokens, links and counts of failures that are over since long."""
    await service.purge()
