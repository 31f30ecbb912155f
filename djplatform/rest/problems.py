"""What went wrong, as a program reads it: problem details (RFC 9457)."""

import traceback
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from procrastinate.exceptions import ConnectorException
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from djplatform.core.db import UNAVAILABLE
from djplatform.core.errors import AppError, InvalidInput, SignInRequired, TooManyAttempts
from djplatform.core.i18n import t
from djplatform.core.ids import new_id

_log = structlog.get_logger(__name__)
_RETRY_SECONDS = 5
"""A database that died is there again by then."""
MEDIA_TYPE = "application/problem+json"
REALM = 'Bearer realm="djplatform"'


class TokenRefused(SignInRequired):
    """This token is unknown, over, or its person may not use it any more."""


class Problem(BaseModel):
    """A failure: what it is called, and what to do about it."""

    type: str = "about:blank"
    title: str = Field(description="The name of the status.")
    status: int
    detail: str = Field(description="One sentence, which may be shown to a person.")
    fields: dict[str, str] | None = Field(
        default=None, description="What is wrong with what was sent, by field."
    )
    id: str | None = Field(default=None, description="By which we find it in our log.")


def answer(
    status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """A failure as an answer; `more` is `fields` or `id`."""
    found = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    return JSONResponse(
        found.model_dump(exclude_none=True),
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def answer_to(error: AppError) -> Response:
    """An expected failure as an answer."""
    if isinstance(error, InvalidInput):
        return answer(error.status, t("Please check what you sent."), fields=error.fields)
    headers: dict[str, str] = {}
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, SignInRequired):
        # RFC 6750, 3.1: without a token the challenge says nothing about errors.
        refused = isinstance(error, TokenRefused)
        headers["WWW-Authenticate"] = f'{REALM}, error="invalid_token"' if refused else REALM
    return answer(error.status, error.message, headers=headers)


def database_away(error: Exception) -> Response:
    """The answer while PostgreSQL restarts."""
    _log.error("rest.database_away", error=repr(error))
    detail = t("We will be right back. Please try again in a few seconds.")
    return answer(503, detail, headers={"Retry-After": str(_RETRY_SECONDS)})


async def _on_app_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)
    return answer_to(error)


async def _on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = {
        404: t("There is no such operation."),
        405: t("This operation is not called by this method."),
        413: t("Please send something smaller."),
    }.get(error.status_code, str(error.detail))
    return answer(error.status_code, detail, headers=dict(error.headers or {}))


async def _on_invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = {_field(one["loc"]): str(one["msg"]) for one in error.errors()}
    return answer(422, t("Please check what you sent."), fields=fields)


def _field(place: tuple[str | int, ...]) -> str:
    """Where it stood, without saying whether that was query or body: `presets.0`."""
    return ".".join(str(part) for part in place[1:] or place)


async def _on_database_away(_request: Request, error: Exception) -> Response:
    return database_away(error)


def install(api: FastAPI) -> None:
    """Give the API its answers to failures."""
    api.add_exception_handler(AppError, _on_app_error)
    api.add_exception_handler(HTTPException, _on_http_exception)
    api.add_exception_handler(RequestValidationError, _on_invalid_request)
    for kind in (*UNAVAILABLE, ConnectorException):
        api.add_exception_handler(kind, _on_database_away)


class LastWord:
    """The outermost layer of the API: what nobody expected is logged, and answered by its number.

    An exception after the answer has begun is none of ours: so the framework ends a request
    whose body is too large, and a caller who has hung up.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer when nobody else could."""
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if begun:
                raise
            await _crash(scope["path"], error)(scope, receive, send)


def _crash(path: str, error: Exception) -> Response:
    error_id = str(new_id())
    trace = "".join(traceback.format_exception(error))
    _log.error("rest.crash", error_id=error_id, path=path, error=repr(error), trace=trace)
    return answer(500, t("Something broke on our side. It was recorded."), id=error_id)
