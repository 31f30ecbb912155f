"""One open stream: how its bytes leave, and how it ends."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from starlette.types import Message, Receive, Send

from djplatform.core.realtime.frames import RETRY

log = structlog.get_logger(__name__)

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # nginx and its like would hold events back until a buffer is full.
    (b"x-accel-buffering", b"no"),
]
MAX_WAITING = 64
"""Pushes that wait for a slow phone. Beyond it is told to come back with its position."""


def body(data: bytes) -> Message:
    """A piece of the response, to be shared by many listeners."""
    return {"type": "http.response.body", "body": data, "more_body": True}


class _Rest:
    """The rest of an awaitable whose first step was run outside of a task."""

    def __init__(self, waits_for: Any, steps: Generator[Any, Any, Any]) -> None:
        self._waits_for = waits_for
        self._steps = steps

    def __await__(self) -> Generator[Any, Any, None]:
        yield self._waits_for
        yield from self._steps


def _begin(awaitable: Awaitable[None]) -> _Rest | None:
    """Run an awaitable as far as it goes without waiting; None when it is done.

    The server takes a small body at once. Without this every listener would need a task of its
    own that is woken for each event, which is most of what a fan-out costs.
    """
    steps = awaitable.__await__()
    try:
        waits_for = next(steps)
    except StopIteration:
        return None
    return _Rest(waits_for, steps)


class Listener:
    """A client of the hub. Made, held and ended inside the task of its request."""

    __slots__ = (
        "_queue",
        "_send",
        "_since",
        "_task",
        "_writer",
        "dismissed",
        "ended",
        "recheck",
        "session_id",
        "slot",
        "started",
    )

    def __init__(
        self,
        send: Send,
        *,
        session_id: UUID | None = None,
        recheck: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._send = send
        self._task = asyncio.current_task()
        self._queue: list[Message] = []
        self._writer: asyncio.Task[None] | None = None
        self._since = 0.0
        self.ended = False
        """Nothing more is sent."""
        self.dismissed = False
        """We ended it, not the client."""
        self.started = False
        """The head of the response was sent."""
        self.session_id = session_id
        self.recheck = recheck
        """Whether the one who opened the stream may still listen; asked at each heartbeat."""
        self.slot = 0

    async def start(self) -> None:
        """Send the head of the response."""
        self.started = True
        await self._send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})

    def push(self, message: Message) -> None:
        """Send without waiting; what the socket does not take now is kept in order."""
        if self.ended:
            return
        if self._writer is not None:
            self._queue.append(message)
            if len(self._queue) > MAX_WAITING:
                self.end()
            return
        try:
            rest = _begin(self._send(message))
        except (OSError, RuntimeError):  # the client left
            self.end()
            return
        except Exception:
            log.exception("stream.broken")  # ends its own stream and no other
            self.end()
            return
        if rest is not None:
            self._since = monotonic()
            self._writer = asyncio.get_running_loop().create_task(self._write(rest))

    def stuck(self, seconds: float) -> bool:
        """Whether the socket has taken nothing for that long: the phone walked away."""
        return self._writer is not None and monotonic() - self._since > seconds

    def end(self) -> None:
        """End the stream from our side; the browser comes back with its position."""
        if self.ended:
            return
        self.ended = self.dismissed = True
        if self._task is not None:
            self._task.cancel()

    async def hold(self, receive: Receive) -> None:
        """Stay until the client leaves."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.ended = True

    async def finish(self) -> None:
        """Close the response properly after `end`, unless the socket takes nothing any more.

        One that is ended before its head left becomes an empty stream: a browser comes back to
        a stream that ended, and never to one that was refused (WHATWG HTML, 9.2.3). It says when
        to come back, as every stream does; without a byte it would leave as a plain response of
        length 0, and whoever reads chunks would wait on.
        """
        if self._task is not None:
            self._task.uncancel()
        if self._writer is not None:
            self._writer.cancel()
            return
        if not self.started:
            await self.start()
        await self._send(body(RETRY))
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def release(self) -> None:
        """Let go of what is left when the client is gone."""
        self.ended = True
        if self._writer is not None:
            self._writer.cancel()

    async def _write(self, rest: _Rest) -> None:
        try:
            await rest
            while self._queue:
                waiting, self._queue = self._queue, []
                self._since = monotonic()
                await self._send(body(b"".join(message["body"] for message in waiting)))
            self._writer = None
        except (OSError, RuntimeError):
            self.end()
        except Exception:
            log.exception("stream.broken")
            self.end()
