"""Limits on what stays open: streams, console sockets, and what a socket may send.

The framework has none. A socket's handshake makes a state on the server, and a stream holds a
place among the admitted requests; at the last place nothing answers, health included.
"""

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic

import structlog
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from djplatform.core.errors import TooManyAttempts
from djplatform.core.limits import limits
from djplatform.settings import settings
from djplatform.ui.visit import address_of

_log = structlog.get_logger(__name__)

STREAMS = "/api/stream/"
_RETRY_SECONDS = 5
_EVENTS_PER_SECOND = 30.0
_EVENTS_AT_ONCE = 120.0
"""A person cannot click that fast, a form that saves while typing can come near."""
_TOO_MUCH = 1008


@dataclass
class Open:
    """What is open in this process right now."""

    most_streams: int = 800
    streams: int = 0
    sockets: Counter[str] = field(default_factory=Counter[str])


_open = Open()


def capacity(streams: int) -> None:
    """Say how many streams this process may hold; the server knows after it raised its limits."""
    _open.most_streams = streams


class LimitsGuard:
    """Refuses streams beyond the process's capacity and sockets beyond an address's share."""

    def __init__(self, app: ASGIApp, now: Open = _open) -> None:
        self._app = app
        self._open = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what stays open while it is open."""
        if scope["type"] == "http" and scope["path"].startswith(STREAMS):
            await self._stream(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._open.streams >= self._open.most_streams:
            _log.warning("web.streams_full", streams=self._open.streams)
            refusal = PlainTextResponse(
                "Too many listeners right now; your page tries again by itself.",
                503,
                headers={"Retry-After": str(_RETRY_SECONDS), "Cache-Control": "no-store"},
            )
            await refusal(scope, receive, send)
            return
        self._open.streams += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open.streams -= 1

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = address_of(HTTPConnection(scope))
        if not await self._may_open(address):
            await receive()
            await send({"type": "websocket.close", "code": _TOO_MUCH})
            return
        self._open.sockets[address] += 1
        try:
            await self._app(scope, _Throttle(receive), send)
        finally:
            self._open.sockets[address] -= 1
            if self._open.sockets[address] <= 0:
                del self._open.sockets[address]

    async def _may_open(self, address: str) -> bool:
        if self._open.sockets[address] >= settings().limit_sockets_address:
            _log.warning("web.sockets_full", address=address)
            return False
        try:
            await limits.handshake(address)
        except TooManyAttempts:
            _log.warning("web.handshakes_limited", address=address)
            return False
        return True


class _Throttle:
    """One socket's incoming messages, with a bucket that refills; an empty one ends the socket."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = _EVENTS_AT_ONCE
        self._at = monotonic()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return message
        now = monotonic()
        self._left = min(_EVENTS_AT_ONCE, self._left + (now - self._at) * _EVENTS_PER_SECOND)
        self._at = now
        self._left -= 1
        if self._left < 0:
            _log.warning("web.socket_flooded")
            return {"type": "websocket.disconnect", "code": _TOO_MUCH}
        return message
