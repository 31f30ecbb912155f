"""What the hub keeps in memory: a feed for each channel, an audience for each kind of stream."""

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import islice

from starlette.types import Message

from djplatform.core.realtime.channels import ChannelKind, Event, Params
from djplatform.core.realtime.frames import Rendering, batch, write_position
from djplatform.core.realtime.listener import Listener, body

REPLAY = 500
"""Events of a channel that are kept for those who come back; more than a drop ever misses."""


class Feed:
    """One channel that somebody listens to, with its latest events."""

    __slots__ = ("audiences", "kind", "listeners", "loaded", "name", "params", "recent", "seq")

    def __init__(self, name: str, kind: ChannelKind, params: Params) -> None:
        self.name = name
        self.kind = kind
        self.params = params
        self.seq = 0
        self.recent: deque[Event] = deque(maxlen=REPLAY)
        self.audiences: set[Audience] = set()
        self.listeners = 0
        self.loaded: asyncio.Task[None] | None = None

    def add(self, event: Event) -> bool:
        """Take the next event; False when numbers are missing in between."""
        follows = event.seq == self.seq + 1
        if not follows:
            self.recent.clear()
        self.seq = event.seq
        self.recent.append(event)
        return follows

    def since(self, seq: int) -> list[Event] | None:
        """What came after a number, or None when that is not known any more (or never was)."""
        missing = self.seq - seq
        if missing == 0:
            return []
        if missing < 0 or missing > len(self.recent):
            return None
        found = list(islice(self.recent, len(self.recent) - missing, None))
        return found if found[0].seq == seq + 1 else None


class Audience:
    """All streams of the same channels in the same rendering: they get the same bytes."""

    __slots__ = (
        "busy",
        "feeds",
        "listeners",
        "message",
        "next_at",
        "opening",
        "pending",
        "positions",
        "rendering",
        "replays",
        "started",
        "timer",
        "unsent",
    )

    def __init__(self, feeds: tuple[Feed, ...], rendering: Rendering) -> None:
        self.feeds = feeds
        self.rendering = rendering
        self.listeners: set[Listener] = set()
        self.positions = {feed.name: feed.seq for feed in feeds}
        """How far the listeners have been told; `pending` lies beyond it."""
        self.pending: list[Event] = []
        self.next_at = 0.0
        self.busy = False
        self.timer: asyncio.TimerHandle | None = None
        self.opening = 0
        self.message: Message | None = None
        self.unsent: Iterator[Listener] = iter(())
        self.started = asyncio.Event()
        """Set, and replaced, each time that `pending` goes out."""
        self.replays: dict[tuple[int, ...], bytes] = {}

    @property
    def position(self) -> str:
        """The present position of everybody in the audience."""
        return write_position(self.positions.values())

    @property
    def crowd(self) -> int:
        """How many listeners the fullest of its channels has, over all its audiences."""
        return max(feed.listeners for feed in self.feeds)

    def render(self, events: list[Event]) -> bytes:
        """Events as bytes, up to the present position."""
        kinds = {feed.name: feed.kind for feed in self.feeds}
        return batch([(kinds[e.channel], e) for e in events], self.rendering, self.position)

    def start(self) -> None:
        """Render what is pending; from now on it belongs to the position."""
        events, self.pending = self.pending, []
        for event in events:
            self.positions[event.channel] = event.seq
        self.replays.clear()
        data = self.render(events)
        self.message = body(data) if data else None
        self.started.set()
        self.started = asyncio.Event()
        # Who joins from here on is told up to the new position when joining.
        self.unsent = iter(tuple(self.listeners))

    def send_some(self, most: int) -> int:
        """Send to at most so many of the rest; gives how many it was."""
        if self.message is None:
            return 0
        sent = 0
        for listener in islice(self.unsent, most):
            listener.push(self.message)
            sent += 1
        if sent < most:
            self.message = None
        return sent

    def dismiss(self) -> None:
        """End every stream; the browsers come back with the position that they have."""
        for listener in self.listeners:
            listener.end()

    async def reach(self, since: tuple[int, ...]) -> None:
        """Wait until the audience is where this client is already (it heard it elsewhere).

        Joining before would tell it again what is still pending here.
        """
        while any(
            self.positions[feed.name] < seq <= feed.seq
            for feed, seq in zip(self.feeds, since, strict=True)
        ):
            await self.started.wait()

    def missed(self, since: tuple[int, ...]) -> bytes:
        """What a stream at these numbers has not been told yet.

        Remembered until the next event: after a restart everybody comes back from the same place.

        Raises:
            LookupError: more came meanwhile than is kept.
        """
        if since not in self.replays:
            events: list[Event] = []
            for feed, seq in zip(self.feeds, since, strict=True):
                told = self.positions[feed.name]
                later = feed.since(seq)
                if later is None:
                    raise LookupError(feed.name)
                events += [event for event in later if event.seq <= told]
            self.replays[since] = self.render(events)
        return self.replays[since]
