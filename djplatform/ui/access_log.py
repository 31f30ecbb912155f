"""One log line a request, under an id that the answer carries too."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from djplatform.core.db import UNAVAILABLE
from djplatform.core.ids import new_id
from djplatform.ui.visit import address_of

_log = structlog.get_logger("djplatform.access")
_QUIET = ("/assets/", "/fonts/", "/js/", "/art/", "/healthz", "/readyz")
CRASH_LOGGED = "crash_logged"
"""Set in a request's state by whoever wrote an exception into the log that still goes on."""
# Parameters of a path that let whoever reads the log in.
_SECRET_PARAMETERS = frozenset({"token", "code", "secret", "key", "signature"})


class AccessLog:
    """Gives each request an id and logs how it went; queries are never logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and write its line afterwards."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = str(new_id())
        # A dict of this request alone: the server hands the same lifespan state to all.
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        answer = _Answer(send, request_id)
        started = perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer.send)
            except UNAVAILABLE:
                await answer.failed(scope, receive, 503, "We will be right back.")
            except Exception:  # noqa: BLE001 nothing may escape to the server, who would log it raw
                text = f"Something broke on our side. Its number is {request_id}."
                await answer.failed(scope, receive, 500, text)
            finally:
                _write(scope, answer.status, perf_counter() - started)


class _Answer:
    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._id = request_id
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers["X-Request-Id"] = self._id
        elif message["type"] == "websocket.accept":
            self.status = 101
        elif message["type"] == "websocket.close" and self.status == 0:
            self.status = 403
        await self._send(message)

    async def failed(self, scope: Scope, receive: Receive, status: int, text: str) -> None:
        """Answer for a layer that failed before it could; a route's own failure has answered."""
        if not scope["state"].get(CRASH_LOGGED):
            _log.exception("web.layer_failed")
        if self.status:
            return
        if scope["type"] == "http":
            headers = {"Retry-After": "5"} if status == 503 else {}
            await PlainTextResponse(f"{text}\n", status, headers)(scope, receive, self.send)
        else:
            await self.send({"type": "websocket.close", "code": 1011})


def _write(scope: Scope, status: int, seconds: float) -> None:
    path = scope["path"]
    quiet = path.startswith(_QUIET) and status < 500
    (_log.debug if quiet else _log.info)(
        "web.request",
        method=scope.get("method", "WEBSOCKET"),
        path=safe_path(path, scope.get("path_params") or {}),
        status=status,
        ms=round(seconds * 1000, 1),
        host=HTTPConnection(scope).headers.get("host", ""),
        address=address_of(HTTPConnection(scope)),
    )


def safe_path(path: str, parameters: Mapping[str, Any]) -> str:
    """The path with the values of secret parameters replaced by their names."""
    for name in _SECRET_PARAMETERS & parameters.keys():
        path = path.replace(str(parameters[name]), f"{{{name}}}")
    return path
