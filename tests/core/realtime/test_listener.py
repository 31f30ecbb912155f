"""One stream's socket: what it takes, what waits for it, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from djplatform.core.realtime.listener import MAX_WAITING, Listener, body

Refuse = Callable[[], Awaitable[None]]


class Socket:
    """A client's socket that takes nothing while its gate is shut."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    async def send(self, message) -> None:
        if not self.gate.is_set():
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        self.taken.append(message.get("body", b""))


@pytest.fixture
async def socket() -> Socket:
    return Socket()


def made_outside(socket: Socket) -> Listener:
    """A listener whose request is not this test, so that its end does not cancel the test."""
    listener = Listener(socket.send)
    listener._task = None
    return listener


async def settled(listener: Listener) -> None:
    """Wait until nothing is being written any more."""
    async with asyncio.timeout(10):
        while listener._writer is not None and not listener._writer.done():
            await asyncio.sleep(0)


async def test_what_a_slow_socket_did_not_take_follows_as_one_piece(socket: Socket) -> None:
    listener = made_outside(socket)
    listener.push(body(b"0"))
    assert socket.taken == [b"0"], "what the socket takes at once leaves at once"
    socket.gate.clear()
    for text in (b"1", b"2", b"3"):
        listener.push(body(text))
    assert socket.taken == [b"0"]
    socket.gate.set()
    await settled(listener)
    assert socket.taken == [b"0", b"1", b"23"]
    listener.push(body(b"4"))
    assert socket.taken[-1] == b"4"
    assert not listener.ended


async def test_a_phone_that_falls_too_far_behind_is_told_to_come_back(socket: Socket) -> None:
    listener = made_outside(socket)
    socket.gate.clear()
    for _ in range(MAX_WAITING + 1):
        listener.push(body(b"x"))
    assert not listener.ended
    listener.push(body(b"x"))
    assert listener.ended
    assert listener.dismissed
    listener.release()
    listener.push(body(b"nothing more"))
    await settled(listener)
    assert socket.taken == []


@pytest.mark.parametrize("failure", [OSError("gone"), RuntimeError("gone"), KeyError("a bug")])
@pytest.mark.parametrize("slow", [False, True])
async def test_a_socket_that_fails_ends_its_stream_and_only_a_bug_is_news(
    socket: Socket, failure: Exception, slow: bool
) -> None:
    listener = made_outside(socket)
    socket.failure = failure
    if slow:
        socket.gate.clear()
    with capture_logs() as lines:
        listener.push(body(b"x"))
        socket.gate.set()
        await settled(listener)
    assert listener.ended
    assert socket.taken == []
    said = [line["event"] for line in lines]
    assert said == (["stream.broken"] if isinstance(failure, KeyError) else [])


async def test_an_end_from_our_side_closes_the_response_of_its_request(socket: Socket) -> None:
    listeners: list[Listener] = []

    async def request() -> str:
        listener = Listener(socket.send)
        listeners.append(listener)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await listener.finish()
            return "finished"
        return "never"

    task = asyncio.create_task(request())
    await asyncio.sleep(0)
    listeners[0].end()
    listeners[0].end()
    assert await task == "finished"
    assert socket.taken[-1] == b""


async def test_a_response_that_the_socket_does_not_take_is_not_closed_by_waiting(
    socket: Socket,
) -> None:
    listener = made_outside(socket)
    socket.gate.clear()
    listener.push(body(b"x"))
    listener.end()
    await listener.finish()
    await settled(listener)
    assert socket.taken == []
