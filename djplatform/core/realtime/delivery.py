"""Delivery: what audiences have pending leaves in turns, and the loop does other work between.

The first event after a quiet while leaves at once. What follows within the interval is merged,
and everything is sent in slices, so that a full room delays neither a webhook nor another DJ's
booth.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

import structlog

from djplatform.core.realtime.audience import Audience

log = structlog.get_logger(__name__)

_SLICE = 64
"""Deliveries between two looks at the rest of the loop: about a millisecond."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a stream is spoken to. All times in seconds."""

    merge: float = 0.25
    """Pushes to one stream are at least this far apart."""
    per_second: int = 8_000
    """Deliveries a second that one room may cost: a larger room is merged for longer."""
    heartbeat: float = 15.0
    write_timeout: float = 10.0
    poll: float = 5.0
    """How often the database is asked though it did not notify."""
    answer: float = 10.0
    """How long the database may take to answer; then the hub connects again."""


class Delivery:
    """Sends the pending events of the audiences of one hub."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._ready: deque[Audience] = deque()
        self._wake = asyncio.Event()

    def schedule(self, audience: Audience) -> None:
        """Have an audience's pending events sent, now or when its interval is over."""
        if audience.busy or not audience.pending:
            return
        audience.busy = True
        loop = asyncio.get_running_loop()
        if audience.next_at <= loop.time():
            self._enqueue(audience)
        else:
            audience.timer = loop.call_at(audience.next_at, self._enqueue, audience)

    async def run(self) -> None:
        """Send, until cancelled."""
        while True:
            if not self._ready:
                self._wake.clear()
                await self._wake.wait()
            budget = _SLICE
            while budget > 0 and self._ready:
                budget -= self._turn(self._ready.popleft(), budget)
            await asyncio.sleep(0)

    def _enqueue(self, audience: Audience) -> None:
        audience.timer = None
        self._ready.append(audience)
        self._wake.set()

    def _turn(self, audience: Audience, budget: int) -> int:
        """One turn; what fails in one audience must not silence all the others."""
        try:
            return self._send_some(audience, budget)
        except Exception:
            log.exception("hub.delivery_failed", channels=[feed.name for feed in audience.feeds])
            audience.busy, audience.message = False, None
            audience.dismiss()
            return 1

    def _send_some(self, audience: Audience, budget: int) -> int:
        """One slice of one audience; the audiences take turns."""
        if audience.message is None:
            audience.start()
            pause = max(self._pace.merge, audience.crowd / self._pace.per_second)
            audience.next_at = asyncio.get_running_loop().time() + pause
        sent = audience.send_some(budget)
        if audience.message is not None:
            self._ready.append(audience)
        else:
            audience.busy = False
            self.schedule(audience)
        return max(sent, 1)
