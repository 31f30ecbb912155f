"""Who calls: the bearer token of a request, and nothing else of it.

A cookie counts nothing here. A browser sends cookies by itself, wherever a form comes from; it
sends this header only when a program of the caller's own put it there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from fastapi.security import HTTPBearer
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from djplatform.core.actor import Actor
from djplatform.core.db import UNAVAILABLE
from djplatform.core.errors import AppError, SignInRequired
from djplatform.core.i18n import t
from djplatform.core.limits import limits
from djplatform.rest import problems
from djplatform.rest.problems import TokenRefused

_CALLER = "djplatform.rest.caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a program calls, and with which token."""

    token_id: UUID
    actor: Actor


Authenticate = Callable[[str], Awaitable[Caller | None]]
"""The caller of a secret, as things are at this moment; None when the secret does not count."""
AddressOf = Callable[[HTTPConnection], str]

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    bearerFormat="djp_…",
    description="An API token from the account page.",
)
"""Reads the header, and describes it."""


class Gate:
    """Lets only callers with a live token through, before anything they sent is read."""

    def __init__(
        self, app: ASGIApp, authenticate: Authenticate, address_of: AddressOf, open_path: str
    ) -> None:
        """`open_path` is the one address that needs no token."""
        self._app = app
        self._authenticate = authenticate
        self._address_of = address_of
        self._open_path = open_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on together with its caller, or answer it here."""
        app = self._app
        if scope["type"] == "http" and scope["path"] != self._open_path:
            try:
                scope[_CALLER] = await self._caller(HTTPConnection(scope))
            except AppError as error:
                app = problems.answer_to(error)
            except UNAVAILABLE as error:
                app = problems.database_away(error)
        await app(scope, receive, send)

    async def _caller(self, connection: HTTPConnection) -> Caller:
        shown = await bearer(connection)
        if shown is None:
            raise SignInRequired(t("Please send an API token, as Authorization: Bearer djp_…"))
        address = self._address_of(connection)
        await limits.token_try(address)
        caller = await self._authenticate(shown.credentials)
        if caller is None:
            await limits.token_refused(address)
            raise TokenRefused
        await limits.token_call(caller.token_id)
        return caller


def caller_of(request: Request) -> Caller:
    """The caller of a request that came through the gate."""
    return request.scope[_CALLER]
