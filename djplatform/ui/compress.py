"""ETag and gzip for what is written here: documents, consoles' shells, feeds, JSON.

Built files have their compressed twins beside them and pass untouched, as do streams.
"""

import gzip
import hashlib
from collections import OrderedDict
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WORTH_BYTES = 700
_LEVEL = 6
_TEXT = ("text/", "application/json", "application/xml", "image/svg+xml", "application/manifest")
_CACHE_BYTES = 16_000_000


class Compress:
    """Answers 304 when the visitor already has these bytes, else sends them compressed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packed = _Packed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at its answer."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD", "POST"}:
            await self._app(scope, receive, send)
            return
        answer = _Answer(scope, send, self._packed)
        await self._app(scope, receive, answer.send)


class _Answer:
    """One response on its way out. Whole bodies are changed; whatever streams is let through."""

    def __init__(self, scope: Scope, send: Send, packed: "_Packed") -> None:
        self._scope = scope
        self._send = send
        self._packed = packed
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_whole_text(message):
            self._start = message
            return
        if self._start is not None and message["type"] == "http.response.body":
            start, self._start = self._start, None
            if not message.get("more_body"):
                message = self._finish(start, message)
            await self._send(start)
        await self._send(message)

    def _finish(self, start: Message, message: Message) -> Message:
        headers = MutableHeaders(raw=start["headers"])
        wanted = Headers(scope=self._scope)
        body = message.get("body", b"")
        headers.append("Vary", "Accept-Encoding")
        etag = None
        if self._scope["method"] != "POST" and start["status"] == 200:
            etag = _etag(body)
            headers["ETag"] = etag
            if etag in {e.strip() for e in wanted.get("if-none-match", "").split(",")}:
                start["status"] = 304
                del headers["Content-Length"]
                return {**message, "body": b""}
        if len(body) >= _WORTH_BYTES and _accepts_gzip(wanted.get("accept-encoding", "")):
            body = self._packed.of(etag, body)
            headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
        return {**message, "body": body if self._scope["method"] != "HEAD" else b""}


class _Packed:
    """Compressed bodies by their hash: the same page is not packed for every visitor."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def of(self, etag: str | None, body: bytes) -> bytes:
        pack = partial(gzip.compress, body, _LEVEL, mtime=0)
        if etag is None:
            return pack()
        if etag in self._known:
            self._known.move_to_end(etag)
            return self._known[etag]
        packed = self._known[etag] = pack()
        self._bytes += len(packed)
        while self._bytes > _CACHE_BYTES:
            self._bytes -= len(self._known.popitem(last=False)[1])
        return packed


def _is_whole_text(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "")
    return (
        "content-encoding" not in headers
        and "content-length" in headers
        and "etag" not in headers
        and kind.startswith(_TEXT)
        and not kind.startswith("text/event-stream")
    )


def _etag(body: bytes) -> str:
    """A weak tag: the same page, whatever its encoding on the wire."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, parameters = part.partition(";")
        if name.strip() in {"gzip", "*"}:
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
