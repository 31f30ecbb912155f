"""The door: which requests come in at all. One ASGI layer before every route and the socket."""

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from djplatform.ui.hosts import allowed_origin, split_host, visited_host
from djplatform.ui.routes import is_event_path, slash_redirect
from djplatform.ui.text import t
from djplatform.ui.visit import brand_of, hosts

_log = structlog.get_logger(__name__)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Vendors post from servers: they send no origin, know one address, and prove themselves by
# signature.
_SIGNED = "/api/webhooks/"
# Asked by balancers under whatever name, and without a database.
_PROBES = frozenset({"/healthz", "/readyz"})


class Door:
    """Refuses foreign origins and changes on unknown hosts; redirects from a trailing slash."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        refusal = await self._refusal(scope)
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, scope: Scope) -> ASGIApp | None:
        if scope["type"] == "websocket":
            return await _socket_refusal(scope)
        if scope["type"] != "http" or scope["path"] in _PROBES:
            return None
        if is_event_path(scope["path"]):
            # The socket speaks websocket only; whatever else comes here is a probe.
            return PlainTextResponse("Not Found", 404)
        if not _names_one_host(scope):
            return PlainTextResponse(t("This request does not say which site it is for."), 400)
        if scope["method"] not in _SAFE:
            return await _change_refusal(Request(scope))
        return slash_redirect(scope["path"], scope["query_string"].decode("latin-1"))


def _names_one_host(scope: Scope) -> bool:
    """Whether there is one valid Host header, as RFC 9112 (3.2) demands.

    With two of them a cache in front of us could read the other one.
    """
    headers = HTTPConnection(scope).headers
    return len(headers.getlist("host")) == 1 and bool(visited_host(headers))


async def _change_refusal(request: Request) -> Response | None:
    if request.scope["path"].startswith(_SIGNED):
        return None
    found = await brand_of(request)
    if not found.known:
        return PlainTextResponse(
            t("This address is not connected to us yet, so nothing can be changed here."), 421
        )
    if _foreign(request):
        _log.warning("web.foreign_origin", origin=request.headers.get("origin"))
        return PlainTextResponse(
            t("This form was sent from another site. Please open our page and try again."), 403
        )
    return None


def _foreign(request: HTTPConnection) -> bool:
    """Whether a browser says that another site's page made it send this.

    Browsers put an Origin on every form and fetch that is not a plain GET, `null` included, so a
    request with neither header comes from a program, which has no cookie to misuse.
    """
    host, origins = request.headers.get("host", ""), request.headers.getlist("origin")
    if origins:
        return not all(allowed_origin(origin, host) for origin in origins)
    return request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


async def _socket_refusal(scope: Scope) -> ASGIApp | None:
    connection = HTTPConnection(scope)
    found = await brand_of(connection)
    origin, host = connection.headers.get("origin"), connection.headers.get("host", "")
    known = found.known and _names_one_host(scope)
    if is_event_path(scope["path"]) and allowed_origin(origin, host, known=known):
        return None
    _log.warning("web.socket_refused", origin=origin, host=host)
    return _close_socket


async def _close_socket(_scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a handshake: closing before accepting answers 403 (ASGI, websocket.close)."""
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def socket_origin_allowed(origin: str | None, environ: Mapping[str, Any]) -> bool:
    """The same rule for the socket library, which asks once more, synchronously."""
    host = str(environ.get("HTTP_HOST", ""))
    return allowed_origin(origin, host, known=hosts().known(split_host(host)[0]))
