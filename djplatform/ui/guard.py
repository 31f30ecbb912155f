# pyright: reportPrivateUsage=false
# The binding of a tab is private to its state, so that it can be no remote endpoint; the guard is
# its other half.
"""The one gate before every event handler.

Reflex makes each public method of a state callable from outside, whatever the page shows. So
every handler says who may call it, and one middleware asks before anything runs: foreground,
background, on_load, chained and upload events all pass it.
"""

import inspect
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Final, TypeVar
from urllib.parse import quote
from uuid import UUID

import reflex as rx
import structlog

from djplatform.core.actor import ANONYMOUS, Actor, Permission
from djplatform.core.errors import PermissionDenied, SignInRequired
from djplatform.ui import reflex_seam as seam
from djplatform.ui.hosts import visited_host
from djplatform.ui.reflex_seam import BaseState, StateUpdate
from djplatform.ui.session import (
    Sessions,
    SignedIn,
    device_of,
    parse_cookies,
    session_token,
)

LOGIN = "/login"
CHOOSE_ORGANIZATION = "/organizations"
REFUSED = "/refused"

PUBLIC: Final = "public"
"""Declared on handlers that anybody may call."""
_MARK = "__permission__"
_NOBODY: Final = "nobody"

_log = structlog.get_logger(__name__)
_caller: ContextVar[SignedIn | Actor | None] = ContextVar("guarded_caller", default=None)

Handler = TypeVar("Handler", bound=Callable[..., Any])


class UnguardableHandler(TypeError):
    """A handler that the guard, or the event loop, cannot cope with."""


class OrganizationRequired(SignInRequired):
    """Please choose the organization first."""


def action(
    permission: Permission, *, background: bool = False, **options: Any
) -> Callable[[Handler], Handler]:
    """Make an event handler that only people with this permission may call.

    `options` are those of `rx.event` (throttle, debounce, …).

    Raises:
        UnguardableHandler: the function is not async, or its name is one that Reflex calls.
    """
    return _declared(permission, background=background, **options)


def public_action(function: Handler) -> Handler:
    """Make an event handler that anybody may call, signed in or not.

    Raises:
        UnguardableHandler: the function is not async, or its name is one that Reflex calls.
    """
    return _declared(PUBLIC)(function)


def _declared(
    mark: Permission | str, *, background: bool = False, **options: Any
) -> Callable[[Handler], Handler]:
    def decorate(function: Handler) -> Handler:
        _refuse_unguardable(function)
        setattr(function, _MARK, mark)
        return rx.event(function, background=background or None, **options)  # pyright: ignore

    return decorate


def _refuse_unguardable(function: Callable[..., Any]) -> None:
    name = getattr(function, "__name__", "")
    # A handler that is not async would stop every visitor's page while it runs.
    if not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
        raise UnguardableHandler(f"{name} must be an async function")
    # `setvar` would call a handler of this name with a value of the client's choice.
    if name.startswith("set_") or name == "setvar":
        raise UnguardableHandler(f"{name}: no handler may be named set_…")


def declared_permission(event_name: str) -> Permission | str | None:
    """What a registered handler declared: a permission, `PUBLIC`, or None for nothing."""
    registered = seam.event_handlers().get(event_name)
    return getattr(registered.handler.fn, _MARK, None) if registered else None


def undeclared_handlers() -> list[str]:
    """Handlers that neither declare a permission nor belong to Reflex; a test wants none."""
    built_in = seam.built_in_handlers()
    return sorted(
        name
        for name in seam.event_handlers()
        if name not in built_in
        and not name.endswith(".setvar")
        and declared_permission(name) is None
    )


def current_actor(_state: object = None) -> Actor:
    """Who called the running handler. Only the guard sets it, never the client.

    The state is taken so that a handler reads `current_actor(self)`; identity is deliberately
    not kept in the state, where a reconnect or a second tab could find an older one.

    Raises:
        SignInRequired: no guarded handler is running.
    """
    caller = _caller.get()
    if caller is None:
        raise SignInRequired
    return caller.actor if isinstance(caller, SignedIn) else caller


def current_session_id(_state: object = None) -> UUID:
    """The session through which the running handler was called.

    Raises:
        SignInRequired: nobody is signed in.
    """
    caller = _caller.get()
    if not isinstance(caller, SignedIn):
        raise SignInRequired
    return caller.session_id


def current_organization(state: object = None) -> UUID:
    """The organization that the running handler works for; never a default.

    Raises:
        OrganizationRequired: the person has not chosen one.
    """
    organization_id = current_actor(state).organization_id
    if organization_id is None:
        raise OrganizationRequired
    return organization_id


@contextmanager
def acting(caller: Actor | SignedIn) -> Generator[None]:
    """Run a block as this caller, for tests that call a handler's function directly."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


class SessionBinding(rx.State):
    """Which session a tab's state belongs to; never sent to the browser, no handlers."""

    _session: str = ""


class Guard(rx.Middleware):
    """Asks for every event who sends it and whether they may."""

    def __init__(self, app: rx.App, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions
        # A socket authenticates once, when it opens: its cookie header is from that moment, and
        # the daily renewal of tokens must not end a booth in the middle of the night. From then
        # on the session itself is asked for, so that ending it still counts at once.
        self._connections: dict[str, UUID | None] = {}
        sessions.on_drop(self._close_connections)

    async def preprocess(
        self, app: rx.App, state: BaseState, event: rx.event.Event
    ) -> StateUpdate | None:
        """Let an event through (None), or answer it with a redirect.

        Any exception on the way leaves here as an exception, and Reflex then runs nothing.
        """
        del app
        _caller.set(None)
        found = await self._session_of(state)
        actor = self._actor_of(state, found)
        if not await _belongs(state, event, found):
            _log.warning("guard.foreign_state", handler=event.name)
            return _redirect(seam.visited_path(state))
        permission = declared_permission(event.name)
        if permission is None:
            return None if event.name in seam.built_in_handlers() else _refused(event)
        denied = _judge(actor, permission, seam.visited_path(state))
        if denied is None:
            _caller.set(replace(found, actor=actor) if found else actor)
        return denied

    async def _session_of(self, state: BaseState) -> SignedIn | None:
        connection = seam.connection_id(state)
        if connection not in self._connections:
            found = await self._sessions.by_token(_token(state))
            self._remember(connection, found.session_id if found else None)
            return found
        session_id = self._connections[connection]
        return await self._sessions.by_id(session_id) if session_id else None

    def _remember(self, connection: str, session_id: UUID | None) -> None:
        if not connection:
            return
        alive = seam.open_connections(self._app)
        if len(self._connections) > 2 * len(alive) + 64:
            self._connections = {c: s for c, s in self._connections.items() if c in alive}
        self._connections[connection] = session_id

    def _actor_of(self, state: BaseState, found: SignedIn | None) -> Actor:
        headers = seam.connection_headers(state)
        device = device_of(parse_cookies(headers["cookie"]), visited_host(headers))
        return replace(found.actor if found else ANONYMOUS, device_id=device)

    async def _close_connections(self, sessions: frozenset[UUID]) -> None:
        for connection, session_id in list(self._connections.items()):
            if session_id in sessions:
                del self._connections[connection]
                await seam.close_connection(self._app, connection)


async def _belongs(state: BaseState, event: rx.event.Event, found: SignedIn | None) -> bool:
    """Whether the tab's state is this session's; makes it so when the whole page starts anew.

    The tab's token stands in the socket's address, so it may come from somebody else. Whoever
    brings it with another session gets an empty state before anything is sent. Only a hydrate
    may do that: it is what a page begins with, and it has the whole tree loaded.
    """
    binding = await state.get_state(SessionBinding)
    mine = str(found.session_id) if found else _NOBODY
    if binding._session == mine:
        return True
    if binding._session:
        if event.name not in seam.hydrate_handlers():
            return False
        seam.reset_root(state)
    binding._session = mine
    return True


def _token(state: BaseState) -> str:
    headers = seam.connection_headers(state)
    return session_token(parse_cookies(headers["cookie"]), visited_host(headers))


def _judge(actor: Actor, permission: Permission | str, path: str) -> StateUpdate | None:
    if permission == PUBLIC:
        return None
    try:
        actor.require(Permission(permission))
    except SignInRequired:
        return _redirect(f"{LOGIN}?next={quote(path)}")
    except PermissionDenied:
        chosen = actor.organization_id is not None
        return _redirect(REFUSED if chosen else f"{CHOOSE_ORGANIZATION}?next={quote(path)}")
    return None


def _refused(event: rx.event.Event) -> StateUpdate:
    _log.warning("guard.undeclared_handler", handler=event.name)
    return _redirect(REFUSED)


def _redirect(path: str) -> StateUpdate:
    return StateUpdate(events=rx.event.Event.from_event_type(rx.redirect(path)))


def install(app: rx.App, sessions: Sessions) -> Guard:
    """Put the guard first in the app's middleware, and let it end open sockets.

    Called before the app is turned into its ASGI form.
    """
    guard = Guard(app, sessions)
    layers = app.api_transformer or ()
    app.api_transformer = [
        *(layers if isinstance(layers, Sequence) else [layers]),
        seam.Hangup,
    ]
    app.add_middleware(guard, index=0)
    return guard
