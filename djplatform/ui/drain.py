"""An answer begins when the whole request is here, also one that needed nothing of its body.

Who answers earlier (a refusal needs the head alone) leaves bytes on the connection, and the server
ends it without a word: a proxy's next request goes down with it, and a phone that still sends may
lose the answer itself. RFC 9112, 9.3: a server reads the entire body or closes the connection
after its answer; 9.6: it then says so.
"""

import asyncio

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 8_000_000
"""So much is read to nobody; several times what any route takes, so that "too large" arrives."""
MOST_SECONDS = 5.0


class Drain:
    """Reads what the app has left of a body, within limits; beyond them the connection ends."""

    def __init__(
        self, app: ASGIApp, most_bytes: int = MOST_BYTES, most_seconds: float = MOST_SECONDS
    ) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and keep its answer back until the request is over."""
        if scope["type"] != "http" or not _announces_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        body = _Body(receive)

        async def when_read(message: Message) -> None:
            if message["type"] == "http.response.start" and not await self._read(body):
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                headers["Connection"] = "close"
            await send(message)

        await self._app(scope, body.receive, when_read)

    async def _read(self, body: "_Body") -> bool:
        """Whether nothing of the body is left on the connection."""
        try:
            async with asyncio.timeout(self._most_seconds):
                while body.more and body.read_bytes <= self._most_bytes:
                    await body.receive()
        except TimeoutError:
            return False
        return not body.more


class _Body:
    """What has come of one request's body."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.more = True
        self.read_bytes = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.more = message["type"] == "http.request" and bool(message.get("more_body"))
        self.read_bytes += len(message.get("body", b""))
        return message


def _announces_body(headers: Headers) -> bool:
    """RFC 9112, 6.3: a request has a body when one of these two fields says so."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
