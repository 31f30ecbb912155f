"""`GET /api/stream/{channels}`: server-sent events, authorised for each channel.

A bare ASGI application: a streaming response would give every listener two tasks and a queue,
and a full room would pay for them with each event.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from djplatform.core.errors import AppError
from djplatform.core.realtime.bus import BusUnavailable
from djplatform.core.realtime.channels import ChannelKind, Params, Visitor
from djplatform.core.realtime.frames import Rendering
from djplatform.core.realtime.hub import Hub, HubClosing, HubFull
from djplatform.core.realtime.listener import Listener

PREFIX = "/api/stream/"
MAX_CHANNELS = 16
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Admission:
    """Who opens a stream, and by which session."""

    visitor: Visitor
    session_id: UUID | None = None
    recheck: Callable[[], Awaitable[bool]] | None = None
    """Whether the session still stands and means the same person and rights."""


Admit = Callable[[HTTPConnection], Awaitable[Admission]]


class StreamEndpoint:
    """The streams of a hub over HTTP."""

    def __init__(self, hub: Hub, admit: Admit) -> None:
        self._hub = hub
        self._admit = admit

    def route(self) -> Route:
        """The route of the endpoint, for a router."""
        return Route(f"{PREFIX}{{channels}}", self, methods=["GET"], include_in_schema=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; returns when its stream ended."""
        connection = HTTPConnection(scope)
        channels = tuple(dict.fromkeys(connection.path_params["channels"].split(",")))
        form = connection.query_params.get("as", "rows")
        try:
            self._hub.admit()
            admission = await self._admit(connection)
            if not await self._allowed(channels, form, admission.visitor):
                await _refuse(404, scope, receive, send)
                return
            await self._stream(connection, receive, send, channels, form, admission)
        except (HubFull, HubClosing, BusUnavailable):
            await _refuse(503, scope, receive, send)

    async def _allowed(self, channels: tuple[str, ...], form: str, visitor: Visitor) -> bool:
        """Whether each channel exists in this form and is the visitor's to hear.

        One answer for all the reasons: it must not tell which channels exist.
        """
        if len(channels) > MAX_CHANNELS:
            return False
        for name in channels:
            found = self._hub.kinds.find(name)
            if found is None or not _renders(found[0], form):
                return False
            if not await _authorised(*found, visitor):
                return False
        return True

    async def _stream(
        self,
        connection: HTTPConnection,
        receive: Receive,
        send: Send,
        channels: tuple[str, ...],
        form: str,
        admission: Admission,
    ) -> None:
        visitor = admission.visitor
        rendering = Rendering(form, visitor.language if form == "html" else "")
        listener = Listener(send, session_id=admission.session_id, recheck=admission.recheck)
        # The browser's own header is newer than what stands in the address of the page's stream.
        position = connection.headers.get("last-event-id") or connection.query_params.get(
            "last_event_id", ""
        )
        try:
            async with self._hub.stream(listener, channels, rendering, visitor, position):
                await listener.hold(receive)
        except asyncio.CancelledError:
            if not listener.dismissed:
                raise
            await listener.finish()


def _renders(kind: ChannelKind, form: str) -> bool:
    return (form == "rows" and kind.rows is not None) or (form == "html" and kind.html is not None)


async def _authorised(kind: ChannelKind, params: Params, visitor: Visitor) -> bool:
    try:
        return await kind.authorise(visitor, params)
    except AppError:
        return False


async def _refuse(status: int, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {"Cache-Control": "no-store"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    text = {404: "There is no such stream.", 503: "No room for one more stream right now."}
    await PlainTextResponse(text[status], status, headers=headers)(scope, receive, send)
