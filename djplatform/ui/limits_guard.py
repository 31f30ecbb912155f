"""Limits on API calls, bodies and consoles' sockets: how many, how much, how slowly.

The framework has none, and a socket's handshake makes a state on the server. Streams have their
own limit where they are counted, in the hub.
"""

import asyncio
from collections import Counter
from time import monotonic

import structlog
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from djplatform.core.errors import TooManyAttempts
from djplatform.core.limits import limits
from djplatform.rest import PREFIX
from djplatform.settings import settings
from djplatform.ui.visit import address_of, visit_of

_log = structlog.get_logger(__name__)

_EVENTS_PER_SECOND = 30.0
_EVENTS_AT_ONCE = 120.0
"""A person cannot click that fast, a form that saves while typing can come near."""
_LARGEST_MESSAGE = 250_000
"""Characters of one event: a form with several texts of 10,000 characters, escaped."""
_BODY_SECONDS = 30.0
"""A form of some kB takes a second on the worst phone; who takes longer holds a place open."""
_TOO_MUCH, _TOO_LARGE = 1008, 1009


class LimitsGuard:
    """Refuses what is beyond its share, and ends sockets that flood and bodies that drip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a socket while it is open; let everything else through."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and _is_call(scope["path"]):
            await self._call(scope, _Patience(receive), send)
        elif scope["type"] == "http":
            await self._app(scope, _Patience(receive), send)
        else:
            await self._app(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = await visit_of(HTTPConnection(scope))
        app = self._app
        try:
            await limits.api(visit.actor, visit.address)
        except TooManyAttempts as error:
            wait = {"Retry-After": str(error.retry_after), "Cache-Control": "no-store"}
            app = JSONResponse({"error": error.message}, 429, headers=wait)
        await app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = address_of(HTTPConnection(scope))
        if not await self._may_open(address):
            await receive()
            await send({"type": "websocket.close", "code": _TOO_MUCH})
            return
        self._open[address] += 1
        try:
            await self._app(scope, _Throttle(receive), send)
        finally:
            self._open[address] -= 1
            if self._open[address] <= 0:
                del self._open[address]

    async def _may_open(self, address: str) -> bool:
        if self._open[address] >= settings().limit_sockets_address:
            _log.warning("web.sockets_full", address=address)
            return False
        try:
            await limits.handshake(address)
        except TooManyAttempts:
            _log.warning("web.handshakes_limited", address=address)
            return False
        return True


def _is_call(path: str) -> bool:
    """Whether a path is a page's own: vendors come in bursts, others are counted elsewhere."""
    elsewhere = ("/api/webhooks/", "/api/stream/", f"{PREFIX}/")
    return path.startswith("/api/") and not path.startswith(elsewhere)


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
        if len(message.get("text") or message.get("bytes") or "") > _LARGEST_MESSAGE:
            _log.warning("web.socket_message_too_large")
            return {"type": "websocket.disconnect", "code": _TOO_LARGE}
        now = monotonic()
        self._left = min(_EVENTS_AT_ONCE, self._left + (now - self._at) * _EVENTS_PER_SECOND)
        self._at = now
        self._left -= 1
        if self._left < 0:
            _log.warning("web.socket_flooded")
            return {"type": "websocket.disconnect", "code": _TOO_MUCH}
        return message


class _Patience:
    """One request's body, which must be here in time from the moment that somebody reads it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._until: float | None = None
        self._whole = False

    async def __call__(self) -> Message:
        # What comes after the body is the visitor's departure, and that may take hours.
        if self._whole:
            return await self._receive()
        if self._until is None:
            self._until = asyncio.get_running_loop().time() + _BODY_SECONDS
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            _log.warning("web.body_too_slow")
            return {"type": "http.disconnect"}
        self._whole = not message.get("more_body")
        return message
