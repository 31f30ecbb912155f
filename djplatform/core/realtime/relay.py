"""Ended sessions, told to every web process: each remembers sessions and holds streams of its own.

The word is an event like any other. A process that has lost its connection for a moment hears it
when it is back, and none is told in vain: there is no list of processes to keep.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import islice
from uuid import UUID

import structlog

from djplatform.core.db import UNAVAILABLE, Scope, unit
from djplatform.core.ids import new_id
from djplatform.core.realtime.channels import Event
from djplatform.core.realtime.hub import Hub
from djplatform.core.realtime.outbox import publish

log = structlog.get_logger(__name__)

CHANNEL = "processes:sessions"
"""No kind of channel is registered for it, so nobody can open it as a stream."""
_AT_ONCE = 500
"""Sessions in one event; an event holds 32 kB and an id has 36 letters."""

Drop = Callable[[frozenset[UUID]], Awaitable[None]]


class SessionRelay:
    """Passes on which sessions ended or changed: what one process drops, all of them drop."""

    def __init__(self, hub: Hub, drop: Drop) -> None:
        self._drop = drop
        self._myself = str(new_id())
        self._at_work: set[asyncio.Task[None]] = set()
        hub.hear(CHANNEL, self._hear)

    async def tell(self, session_ids: frozenset[UUID]) -> None:
        """Tell the other processes. This one has dropped the sessions already.

        While the database is away nothing can be told; the others then find out by themselves
        when their memory of a session expires.
        """
        left = iter(session_ids)
        try:
            while some := list(islice(left, _AT_ONCE)):
                async with unit(Scope.identity()) as tx:
                    word = {"from": self._myself, "ids": some}
                    await publish(tx, CHANNEL, "sessions.dropped", word)
        except UNAVAILABLE as error:
            log.warning("relay.not_told", error=str(error).strip())

    def _hear(self, event: Event) -> None:
        if event.payload["from"] == self._myself:
            return
        dropped = frozenset(UUID(text) for text in event.payload["ids"])
        task = asyncio.get_running_loop().create_task(self._pass_on(dropped))
        self._at_work.add(task)  # the loop itself holds tasks only weakly
        task.add_done_callback(self._at_work.discard)

    async def _pass_on(self, session_ids: frozenset[UUID]) -> None:
        try:
            await self._drop(session_ids)
        except Exception:
            log.exception("relay.drop_failed")
