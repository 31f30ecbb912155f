"""Pages for what went wrong: one honest sentence, and the way on."""

import traceback
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import reflex as rx
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from procrastinate.exceptions import ConnectorException
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from djplatform.core.db import UNAVAILABLE
from djplatform.core.errors import AppError, InvalidInput, SignInRequired, TooManyAttempts
from djplatform.core.ids import new_id
from djplatform.ui.access_log import CRASH_LOGGED, safe_path
from djplatform.ui.components import auth_frame, link_button
from djplatform.ui.pages import Document, Redirect, respond
from djplatform.ui.text import t
from djplatform.ui.visit import Visit, anonymous_visit, visit_of

_log = structlog.get_logger(__name__)
_RETRY_SECONDS = 5
"""A database that died is there again by then."""


def _title(status: int) -> str:
    return {
        403: t("You may not do that"),
        404: t("This page does not exist"),
        408: t("That took too long"),
        409: t("That is already so"),
        413: t("That is too large"),
        422: t("Something is missing"),
        429: t("Too many attempts"),
        500: t("Something broke on our side"),
        502: t("Something outside refused"),
        503: t("Just a moment"),
    }.get(status, t("That did not work"))


def error_document(status: int, message: str, visit: Visit, *, error_id: str = "") -> Document:
    """A page for one failure. `message` is shown as it stands; `error_id` finds it in our log."""
    title = _title(status)
    body = [link_button(t("Back to the start"), href="/", kind="secondary", wide=True)]
    if error_id:
        mention = t("If you write to us, please mention {error_id}.", error_id=error_id)
        body.insert(0, rx.el.p(mention, class_name="text-small text-fg2 break-words"))
    return Document(
        title=f"{title} · {visit.brand.name}",
        description=message,
        body=auth_frame(visit, title, *body, lead=message),
        status=status,
        robots="noindex",
    )


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks, rather than a program."""
    return not request.scope["path"].startswith("/api/") and "text/html" in request.headers.get(
        "accept", "text/html"
    )


async def failure(
    request: Request, status: int, message: str, *, error_id: str = "", **headers: str
) -> Response:
    """Answer a failure: a page for people, JSON for programs."""
    if not wants_page(request):
        content: dict[str, Any] = {"error": message} | ({"id": error_id} if error_id else {})
        return JSONResponse(content, status, headers=headers)
    visit = await _visit(request, status)
    return respond(
        error_document(status, message, visit, error_id=error_id), visit, headers=headers
    )


async def _visit(request: Request, status: int) -> Visit:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Brands and sessions may be what broke.
        return anonymous_visit(request)
    return await visit_of(request)


def login_redirect(request: Request) -> Response:
    """To the log-in page, and back to this address afterwards."""
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return RedirectResponse(
        f"/login?{urlencode({'next': target})}", 303, headers={"Cache-Control": "no-store"}
    )


async def on_app_error(request: Request, error: Exception) -> Response:
    """Answer an expected failure."""
    assert isinstance(error, AppError)
    if isinstance(error, SignInRequired) and wants_page(request):
        return login_redirect(request)
    if isinstance(error, InvalidInput) and not wants_page(request):
        return JSONResponse({"error": error.message, "fields": error.fields}, error.status)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyAttempts) else {}
    return await failure(request, error.status, error.message, **headers)


async def on_redirect(_request: Request, error: Exception) -> Response:
    """Send the visitor where a loader said."""
    assert isinstance(error, Redirect)
    return RedirectResponse(error.url, error.status, headers=dict(error.headers))


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the framework refused: unknown address, wrong method, too large a body."""
    assert isinstance(error, HTTPException)
    message = {
        404: t("The address may be mistyped, or what was here is over."),
        405: t("This address does not accept that."),
        413: t("Please send something smaller."),
    }.get(error.status_code, str(error.detail))
    return await failure(request, error.status_code, message, **dict(error.headers or {}))


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """Answer a request whose fields do not parse; says which, never echoes what was sent."""
    assert isinstance(error, RequestValidationError)
    fields = {str(e["loc"][-1]): str(e["msg"]) for e in error.errors()}
    if not wants_page(request):
        return JSONResponse({"error": t("Please check what you sent."), "fields": fields}, 422)
    return await failure(request, 422, t("Please check: {names}.", names=", ".join(fields)))


async def on_crash(request: Request, error: Exception) -> Response:
    """Log what nobody expected under an id, and answer with the id alone."""
    error_id = str(new_id())
    request.scope["state"][CRASH_LOGGED] = True
    _log.error(
        "web.crash",
        error_id=error_id,
        path=_path(request),
        error=repr(error),
        trace="".join(traceback.format_exception(error)),
    )
    message = t("The failure was recorded under a number. Please try again in a moment.")
    return await failure(request, 500, message, error_id=error_id)


async def on_database_away(request: Request, error: Exception) -> Response:
    """Answer while PostgreSQL restarts: it will pass, and nobody has to write to us about it."""
    _log.error("web.database_away", path=_path(request), error=repr(error))
    if request.method == "POST":  # a browser that reloads sends the same form, token included
        message = t("We will be right back. Reload the page to send what you typed once more.")
    else:
        message = t("We will be right back. Please try again in a few seconds.")
    return await failure(request, 503, message, **{"Retry-After": str(_RETRY_SECONDS)})


def _path(request: Request) -> str:
    return safe_path(request.scope["path"], request.path_params)


async def on_departure(request: Request, _error: Exception) -> Response:
    """Whoever sent the form left, or was too slow, before all of it was here: nobody's fault."""
    message = t("What you sent did not arrive in full. Please try again.")
    return await failure(request, 408, message, Connection="close")


def install(api: FastAPI) -> None:
    """Give the app its answers to failures."""
    api.add_exception_handler(AppError, on_app_error)
    api.add_exception_handler(Redirect, on_redirect)
    api.add_exception_handler(HTTPException, on_http_exception)
    api.add_exception_handler(RequestValidationError, on_invalid_request)
    api.add_exception_handler(ClientDisconnect, on_departure)
    for kind in (*UNAVAILABLE, ConnectorException):  # the last one is the queue's, same database
        api.add_exception_handler(kind, on_database_away)
    api.add_exception_handler(Exception, on_crash)
