"""Who may open a stream of events, and until when."""

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from djplatform.core.realtime.endpoint import PREFIX, Admission
from djplatform.ui.session import current_session, sessions
from djplatform.ui.visit import visit_of


async def admit(connection: HTTPConnection) -> Admission:
    """Who opens a stream; it lasts as long as the session means the same person and rights."""
    visit = await visit_of(connection)
    signed_in = await current_session(connection)
    if signed_in is None:
        return Admission(visit)

    async def still_the_same() -> bool:
        now = await sessions().by_id(signed_in.session_id)
        return now is not None and now.actor == signed_in.actor

    return Admission(visit, signed_in.session_id, still_the_same)


class StreamsFirst:
    """Leads streams past the routes' layers: a full room would pay for each of them per event."""

    def __init__(self, app: ASGIApp, streams: Route) -> None:
        self._app = app
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request to the streams or to the app."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # Its answer ends at once and the connection takes the next: one could fill the hub.
            await PlainTextResponse("", 405, headers={"Allow": "GET"})(scope, receive, send)
            return
        _, child = self._streams.matches(scope)
        scope.update(child)
        # Answers a wrong method and an empty list of channels by itself.
        await (self._streams.handle if child else self._app)(scope, receive, send)
