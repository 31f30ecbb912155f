"""The hub of a process: what is published once goes to everybody who listens, in memory."""

import asyncio
import resource
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog

from djplatform.core.realtime.audience import REPLAY, Audience, Feed
from djplatform.core.realtime.bus import Bus, BusUnavailable
from djplatform.core.realtime.channels import Event, Registry, Visitor, registry
from djplatform.core.realtime.delivery import Delivery, Pace
from djplatform.core.realtime.frames import (
    PING,
    RETRY,
    Rendering,
    hello,
    read_position,
    reset,
    snapshot,
)
from djplatform.core.realtime.listener import Listener, body

log = structlog.get_logger(__name__)

_AT_ONCE = 64
"""Heartbeats between two looks at the rest of the loop: about a millisecond."""
_SLOTS = 15
"""Heartbeats are spread over their interval: one fifteenth of the listeners at a time."""
_CLOSE_SECONDS = 0.8


class HubFull(Exception):
    """No more streams: at the limit of open files nothing would answer, health included."""


class HubClosing(Exception):
    """The process is about to end."""


def most_listeners() -> int:
    """Streams that a process may hold: 80 % of its limit of open files."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 50_000 if soft == resource.RLIM_INFINITY else soft * 8 // 10


class Hub:
    """Fans events out to the streams of this process."""

    def __init__(
        self,
        url: str,
        *,
        pace: Pace | None = None,
        limit: int | None = None,
        kinds: Registry = registry,
    ) -> None:
        self.pace = pace or Pace()
        self.kinds = kinds
        self._limit = limit or most_listeners()
        self._bus = Bus(
            url, self._on_events, poll_seconds=self.pace.poll, answer_seconds=self.pace.answer
        )
        self._feeds: dict[str, Feed] = {}
        self._audiences: dict[tuple[tuple[str, ...], Rendering], Audience] = {}
        self._slots: list[set[Listener]] = [set() for _ in range(_SLOTS)]
        self._next_slot = 0
        self._opening: set[Listener] = set()
        self._delivery = Delivery(self.pace)
        self._ears: dict[str, Callable[[Event], None]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._count = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._closing = False

    # --- life ---------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncGenerator["Hub"]:
        """Listen to the database and deliver, until the block ends."""
        self._bus.start()
        loop = asyncio.get_running_loop()
        jobs = (self._delivery.run(), self._beat(), self._recheck())
        self._tasks = [loop.create_task(job) for job in jobs]
        try:
            yield self
        finally:
            await self.close()
            for task in self._tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await self._bus.stop()

    async def close(self) -> None:
        """End every stream and accept no more; takes less than a second."""
        self._closing = True
        for listener in self._everybody():
            listener.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._empty.wait()

    async def drop(self, session_ids: Iterable[UUID]) -> None:
        """End the streams of sessions that ended or changed; who may, comes back by itself."""
        concerned = frozenset(session_ids)
        for listener in self._everybody():
            if listener.session_id in concerned:
                listener.end()

    # --- what others ask -----------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the hub hears the database."""
        return self._bus.connected

    @property
    def count(self) -> int:
        """Open streams of this process."""
        return self._count

    def listeners(self, channel: str) -> int:
        """Streams of this process that carry a channel."""
        feed = self._feeds.get(channel)
        return feed.listeners if feed else 0

    def hear(self, channel: str, ear: Callable[[Event], None]) -> None:
        """Call a function of this process for every event of a channel; it must not wait."""
        self._ears[channel] = ear

    def admit(self) -> None:
        """Refuse one more stream when there is no room.

        Raises:
            HubFull: 80 % of the limit of open files are in use.
            HubClosing: the process is ending.
            BusUnavailable: the database is not heard right now.
        """
        if self._closing:
            raise HubClosing
        if self._count >= self._limit:
            raise HubFull
        if not self._bus.connected:
            raise BusUnavailable("not connected")

    # --- streams -------------------------------------------------------------------------------

    @asynccontextmanager
    async def stream(
        self,
        listener: Listener,
        channels: tuple[str, ...],
        rendering: Rendering,
        visitor: Visitor,
        last_event_id: str = "",
    ) -> AsyncGenerator[None]:
        """Have a listener in its audience while the block runs; first it is told what it missed.

        Raises:
            HubFull, HubClosing: others took the last place, or the end began, since `admit`.
            BusUnavailable: the channels' past cannot be read right now.
        """
        self.admit()
        self._count += 1
        self._empty.clear()
        self._opening.add(listener)
        audience = None
        try:
            audience = await self._open(channels, rendering)
            since = read_position(last_event_id, len(channels))
            await self._welcome(audience, listener, since, visitor)
            self._join(audience, listener)
            yield
        finally:
            self._opening.discard(listener)
            self._count -= 1
            if not self._count:
                self._empty.set()
            listener.release()
            if audience is not None:
                self._leave(audience, listener)

    async def _open(self, channels: tuple[str, ...], rendering: Rendering) -> Audience:
        feeds = tuple([self._feed(name) for name in channels])
        for feed in feeds:
            feed.listeners += 1
        try:
            await self._load(feeds)
        except BaseException:
            self._forget(feeds)
            raise
        key = (channels, rendering)
        if key not in self._audiences:
            audience = self._audiences[key] = Audience(feeds, rendering)
            for feed in feeds:
                feed.audiences.add(audience)
        self._audiences[key].opening += 1
        return self._audiences[key]

    def _feed(self, name: str) -> Feed:
        if name not in self._feeds:
            found = self.kinds.find(name)
            if found is None:
                raise LookupError(name)
            self._feeds[name] = Feed(name, *found)
        return self._feeds[name]

    async def _load(self, feeds: tuple[Feed, ...]) -> None:
        for feed in feeds:
            if feed.loaded is None or (feed.loaded.done() and feed.loaded.exception()):
                feed.loaded = asyncio.get_running_loop().create_task(self._history(feed))
        for feed in feeds:
            assert feed.loaded is not None
            # Many may wait for the same history; one who leaves must not cancel it for all.
            await asyncio.shield(feed.loaded)

    async def _history(self, feed: Feed) -> None:
        def take(numbers: dict[str, int], events: list[Event]) -> None:
            for event in events:
                feed.add(event)
            feed.seq = numbers[feed.name]

        await self._bus.history([feed.name], REPLAY, take)

    async def _welcome(
        self,
        audience: Audience,
        listener: Listener,
        since: tuple[int, ...] | None,
        visitor: Visitor,
    ) -> None:
        """Tell what was missed: by replay, else by a snapshot, else ask the page to load again."""
        if since is not None:
            await audience.reach(since)
        known: list[int] = []
        told = b""
        for index, feed in enumerate(audience.feeds):
            seq = None if since is None else since[index]
            if seq is not None and feed.since(seq) is not None:
                known.append(seq)
                continue
            # The position first and then the rows: what happens in between is told again, and
            # telling a row twice changes nothing.
            known.append(audience.positions[feed.name])
            if feed.kind.snapshot is not None and audience.rendering.form == "rows":
                rows = await feed.kind.snapshot(visitor, feed.params)
                told += snapshot(feed.name, rows)
            elif seq is not None:
                told += reset(feed.name)
        await listener.start()
        try:
            told += audience.missed(tuple(known))
        except LookupError:  # too much happened meanwhile: it comes back and begins anew
            listener.end()
        listener.push(body(RETRY + told + hello(audience.position)))

    def _join(self, audience: Audience, listener: Listener) -> None:
        self._opening.discard(listener)
        audience.listeners.add(listener)
        self._next_slot = (self._next_slot + 1) % _SLOTS
        listener.slot = self._next_slot
        self._slots[listener.slot].add(listener)

    def _leave(self, audience: Audience, listener: Listener) -> None:
        audience.listeners.discard(listener)
        self._slots[listener.slot].discard(listener)
        audience.opening -= 1
        if not audience.opening:
            if audience.timer is not None:
                audience.timer.cancel()
            for feed in audience.feeds:
                feed.audiences.discard(audience)
            names = tuple(feed.name for feed in audience.feeds)
            del self._audiences[names, audience.rendering]
        self._forget(audience.feeds)

    def _forget(self, feeds: tuple[Feed, ...]) -> None:
        for feed in feeds:
            feed.listeners -= 1
            if not feed.listeners:
                self._feeds.pop(feed.name, None)

    # --- what happens --------------------------------------------------------------------------

    def _on_events(self, events: list[Event]) -> None:
        touched: set[Audience] = set()
        for event in events:
            self._tell(event)
            feed = self._feeds.get(event.channel)
            if feed is None or feed.loaded is None or not feed.loaded.done():
                continue  # nobody listens, or its history is just being read with this in it
            if event.seq <= feed.seq:
                continue
            follows = feed.add(event)
            for audience in feed.audiences:
                audience.pending.append(event)
                touched.add(audience)
                if not follows:
                    self._lost(audience)
        for audience in touched:
            self._delivery.schedule(audience)

    def _tell(self, event: Event) -> None:
        ear = self._ears.get(event.channel)
        if ear is None:
            return
        try:
            ear(event)
        except Exception:
            # The other events of its batch are read once only: they go on to their listeners.
            log.exception("hub.ear_failed", channel=event.channel)

    def _lost(self, audience: Audience) -> None:
        """Events are missing (deleted while the database was away): let the clients resume."""
        log.warning("hub.events_missing", channels=[feed.name for feed in audience.feeds])
        audience.dismiss()

    async def _beat(self) -> None:
        message = body(PING)
        slot = 0
        while True:
            await asyncio.sleep(self.pace.heartbeat / _SLOTS)
            slot = (slot + 1) % _SLOTS
            for index, listener in enumerate(tuple(self._slots[slot])):
                if listener.stuck(self.pace.write_timeout):
                    listener.end()
                listener.push(message)
                if index % _AT_ONCE == _AT_ONCE - 1:
                    await asyncio.sleep(0)

    async def _recheck(self) -> None:
        """Ask again who may listen: a session may have ended in another process."""
        while True:
            await asyncio.sleep(self.pace.heartbeat)
            for listener in self._everybody():
                if not await _may_stay(listener):
                    listener.end()

    def _everybody(self) -> list[Listener]:
        return [listener for some in (self._opening, *self._slots) for listener in some]


async def _may_stay(listener: Listener) -> bool:
    if listener.recheck is None:
        return True
    try:
        return await listener.recheck()
    except Exception:
        # Who cannot be asked about right now stays until the next heartbeat.
        log.exception("hub.recheck_failed")
        return True
