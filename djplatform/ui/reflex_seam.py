# pyright: reportPrivateUsage=false
"""Every inside of Reflex 0.10.1 that the product leans on. Each has a test.

Nothing else in the product imports a private name or an internal module of Reflex; an upgrade
starts by running `tests/ui/test_reflex_seam.py`.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import reflex as rx
from reflex.state import (
    BaseState,
    FrontendEventExceptionState,
    OnLoadInternalState,
    State,
    StateUpdate,
    UpdateVarsInternalState,
)
from reflex.utils import prerequisites
from reflex.utils.export import export
from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from reflex.vars import LiteralVar, VarData
from reflex_base import constants
from reflex_base.components.component import BaseComponent
from reflex_base.environment import environment
from reflex_base.registry import RegistrationContext
from reflex_components_core.base.bare import Bare
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.element import Element
from reflex_components_core.el.elements.base import BaseHTML
from reflex_components_core.react_router.dom import ReactRouterLink
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What pages and documents are built from, and what the guard answers with.
__all__ = [
    "Bare",
    "BaseComponent",
    "BaseHTML",
    "BaseState",
    "Element",
    "LiteralVar",
    "ReactRouterLink",
    "StateUpdate",
]

EVENT_PATH = "/_event"
"""Where the event socket is mounted."""
BACKEND_PATHS = (EVENT_PATH, "/ping", "/_health", "/_upload")
"""What Reflex itself answers; of these only the socket is reachable from outside."""
SPA_FALLBACK = "__spa-fallback.html"
"""The shell that serves every dynamic route."""

OVERLAY = (5, "Overlay")
"""Where an app keeps its default "cannot connect" overlay among `app_wraps`."""

BUILT_IN_HANDLERS = frozenset(
    {
        "hydrate",
        "hydrate_and_load",
        "on_load_internal",
        "set_is_hydrated",
        "update_vars_internal",
        "handle_frontend_exception",
    }
)
"""Handlers that the framework itself sends; `setvar` is none of them (it calls `set_<name>`)."""


def assets_app(directory: Path) -> PrecompressedStaticFiles:
    """The built files with their precompressed twins; never an HTML page."""
    return PrecompressedStaticFiles(
        directory=directory, html=False, check_dir=False, encodings=("gzip", "brotli")
    )


def production_mode() -> None:
    """Tell Reflex that the frontend is already compiled, before `asgi` is called.

    The frontend mount stays off: pages leave through our handler and files through `assets_app`.
    """
    environment.REFLEX_ENV_MODE.set(constants.Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    environment.REFLEX_MOUNT_FRONTEND_COMPILED_APP.set(False)


def asgi(app: rx.App) -> ASGIApp:
    """The finished ASGI application, with its lifespan; evaluates the pages that make states."""
    return app()


def check_socket_origin(
    app: rx.App, allowed: Callable[[str | None, Mapping[str, Any]], bool]
) -> None:
    """Let a function decide which origins may open the event socket, per request.

    `allowed(origin, environ)` gets the WSGI-like environ, with `HTTP_HOST`. The configured list
    only serves HTTP CORS; an empty one would switch the socket's check off.
    """
    if app.sio is None:
        raise RuntimeError("the app has no event socket: no state is defined")
    app.sio.eio.cors_allowed_origins = allowed


async def disconnect_all(app: rx.App, patience_seconds: float = 1.0) -> int:
    """Close every event socket at the transport; gives how many stayed open all the same.

    Also those that have not joined the namespace yet. Without it the process would not end: the
    library's writer waits for its queue and swallows the cancellation at the end of the loop.
    """
    if app.sio is None:
        return 0
    for environ in list(app.sio.environ.values()):
        _hang_up(environ)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience_seconds):
            while app.sio.environ:  # noqa: ASYNC110 the library tells nobody
                await asyncio.sleep(0.01)
    return len(app.sio.environ)


def event_handlers() -> Mapping[str, Any]:
    """Every registered handler, by its full name; `.handler.fn` is the Python function."""
    return RegistrationContext.get().event_handlers


def connection_headers(state: BaseState) -> Mapping[str, str]:
    """The headers of the socket's handshake, by attribute name; cookies stay on the server."""
    return {name: getattr(state.router.headers, name) for name in ("cookie", "host", "origin")}


def built_in_handlers() -> frozenset[str]:
    """The full names of the framework's own handlers, whoever else reuses a short name."""
    owners = (State, OnLoadInternalState, UpdateVarsInternalState, FrontendEventExceptionState)
    return frozenset(
        f"{owner.get_full_name()}.{name}"
        for owner in owners
        for name in owner.event_handlers
        if name in BUILT_IN_HANDLERS
    )


def hydrate_handlers() -> frozenset[str]:
    """The full names of the handlers that send the whole state to the browser."""
    return frozenset(f"{State.get_full_name()}.{name}" for name in ("hydrate", "hydrate_and_load"))


def connection_id(state: BaseState) -> str:
    """The socket that an event came through; Reflex writes it, the client cannot."""
    return state.router.session.session_id


def visited_path(state: BaseState) -> str:
    """Path and query of the page that the person looks at, as the browser told it."""
    url = state.router.url
    return f"{url.path}?{url.query}" if url.query else str(url.path)


def connection_lost() -> rx.Var[bool]:
    """Whether the page has lost its event socket; the browser knows, the server cannot say it."""
    return has_connection_errors


def data_of(var: rx.Var[Any]) -> VarData | None:
    """The imports and hooks that an expression needs, for a hook that is made from it."""
    return var._get_all_var_data()  # pyright: ignore[reportPrivateUsage]


def tested_value(value: rx.Var[Any]) -> Any:
    """The `v` in `v is not None ? v : ""`, which `rx.el.input(value=v)` makes of its value."""
    condition = dict(getattr(value, "_args", ())).get("condition")
    if getattr(condition, "_name", None) != "is_not_none_operation":
        return None
    return dict(getattr(condition, "_args", ())).get("value")


def open_connections(app: rx.App) -> frozenset[str]:
    """The ids of the open event sockets."""
    namespace = app.event_namespace
    return frozenset(namespace.sid_to_token) if namespace is not None else frozenset()


async def close_connection(app: rx.App, connection: str) -> None:
    """Close one socket at the transport, so that the page connects anew with today's cookies.

    After a disconnect of the namespace ("io server disconnect") the page would not come back,
    and the library's own close only asks the client to leave. See `Hangup`.
    """
    namespace = app.event_namespace
    if namespace is None or app.sio is None:
        return
    _hang_up(app.sio.get_environ(connection, namespace.namespace))


def _hang_up(environ: Mapping[str, Any] | None) -> None:
    hung_up = (environ or {}).get("asgi.scope", {}).get(_HANG_UP)
    if hung_up is not None:
        hung_up.set()


class Hangup:
    """An ASGI layer that lets the server end a websocket whose application waits for a message."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; once told to hang up, say that the client is gone."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        hung_up = scope[_HANG_UP] = asyncio.Event()

        async def receive_or_hang_up() -> Message:
            message, told = asyncio.ensure_future(receive()), asyncio.ensure_future(hung_up.wait())
            done, waiting = await asyncio.wait({message, told}, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            return message.result() if message in done else _GONE

        await self._app(scope, receive_or_hang_up, send)


_HANG_UP = "djplatform.hang_up"
_GONE: Message = {"type": "websocket.disconnect", "code": 1012}


def forget(state: BaseState, **values: Any) -> None:
    """Set vars of a state without telling the browser, which keeps what it was told before.

    After a `yield` of the handler that value is sent; from then on nothing that the server says,
    not even a hydrate, repeats it.
    """
    for name, value in values.items():
        setattr(state, name, value)
        state.dirty_vars.discard(name)


def reset_root(state: BaseState) -> None:
    """Give a tab's whole state tree its initial values, as if it had just been opened."""
    state._get_root_state().reset()


def build() -> None:
    """Compile the app and build the frontend in the current directory, with what it needs.

    Runs in a process of its own (`python -m djplatform.ui.frontend`), under its `build_env`.

    Raises:
        SystemExit: the package manager or the bundler failed; its output was printed.
    """
    if prerequisites.needs_reinit():
        prerequisites.initialize_reflex_user_directory()
        prerequisites.initialize_frontend_dependencies()
    environment.REFLEX_COMPILE_CONTEXT.set(constants.CompileContext.EXPORT)
    export(zipping=False, frontend=True, backend=False, env=constants.Env.PROD)
