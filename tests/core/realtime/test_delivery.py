"""Two rooms share one loop: a full one is served in slices, and keeps nobody waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from djplatform.core.realtime.audience import Audience, Feed
from djplatform.core.realtime.channels import ChannelKind, Event
from djplatform.core.realtime.delivery import _SLICE, Delivery, Pace
from djplatform.core.realtime.frames import Rendering


class Phone:
    """Notes when it was told something."""

    def __init__(self, room: str, told: list[str]) -> None:
        self.room, self.told, self.ended = room, told, False

    def push(self, _message) -> None:
        self.told.append(self.room)

    def end(self) -> None:
        self.ended = True


async def anyone(_visitor, _params) -> bool:
    return True


def room(name: str, phones: int, told: list[str]) -> Audience:
    feed = Feed(name, ChannelKind(pattern="room:{key}", authorise=anyone), {})
    audience = Audience((feed,), Rendering("rows"))
    audience.listeners = {Phone(name, told) for _ in range(phones)}
    feed.listeners = phones
    return audience


def happens(audience: Audience, payload: dict) -> None:
    [feed] = audience.feeds
    event = Event(feed.name, feed.seq + 1, "tip.paid", payload)
    feed.add(event)
    audience.pending.append(event)


@asynccontextmanager
async def running(delivery: Delivery) -> AsyncIterator[None]:
    task = asyncio.create_task(delivery.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(there) -> None:
    async with asyncio.timeout(10):
        while not there():
            await asyncio.sleep(0)


async def test_a_small_room_is_told_between_two_slices_of_a_full_one() -> None:
    told: list[str] = []
    full, small = room("room:full", 5 * _SLICE, told), room("room:small", 1, told)
    delivery = Delivery(Pace())
    for audience in (full, small):
        happens(audience, {"id": "1"})
        delivery.schedule(audience)
    async with running(delivery):
        await until(lambda: len(told) == 5 * _SLICE + 1)
    assert told.index("room:small") == _SLICE
    assert told.count("room:full") == 5 * _SLICE
    assert full.position == small.position == "1"


async def test_what_nobody_is_shown_is_no_message_and_still_moves_the_position() -> None:
    told: list[str] = []
    here = room("room:x", 3, told)
    delivery = Delivery(Pace(merge=0))
    async with running(delivery):
        happens(here, {"no": "id"})
        delivery.schedule(here)
        await until(lambda: here.position == "1" and not here.busy)
        assert told == []
        happens(here, {"id": "1"})
        delivery.schedule(here)
        await until(lambda: len(told) == 3)
    assert here.position == "2"
