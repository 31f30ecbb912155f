"""`djplatform web`: one asyncio program around Granian's embedded server.

The plain server waits for open responses before it stops, and an event stream never ends. Here
whoever holds streams and sockets open closes them first, and then the server stops at once.
"""

import asyncio
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.types import ASGIApp

from djplatform.settings import ROOT, settings

_log = structlog.get_logger(__name__)

# Each open stream is one admitted request; the default admits 1,024 and then nothing answers.
_WANTED_FILES = 65_536
_RESERVED_FILES = 256
"""For the database, files, logs and everything that is no visitor."""
_HEAD_BYTES = 65_536
"""About what the head of a request may weigh; our own cookies and addresses need 1 or 2 kB."""
_BACKLOG = 4096
_UNHEARD_SECONDS = 60
"""So long may a client acknowledge nothing; a stream's heartbeat asks it four times."""
_DRAIN_SECONDS = 5.0
_LAST_SECONDS = 1.0
# The server's own lines go through our scrubber and into our form, instead of beside them.
_OUR_LOGS: dict[str, Any] = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


def raise_file_limit() -> int:
    """Raise the soft limit of open files; gives how many connections may be open at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ceiling = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
        soft = ceiling
    files = ceiling if soft == resource.RLIM_INFINITY else soft
    return max(64, files - _RESERVED_FILES)


def listen(address: str, port: int) -> socket.socket:
    """A listening socket of ours alone, whose connections end when their phone is gone.

    The server by itself would share the port with any other process of this user that listens
    there too. And a phone that walks out of the network says nothing: without a limit the system
    goes on sending to it for a quarter of an hour, and its stream keeps its place as long.

    Raises:
        RuntimeError: the port is taken; the text names it.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted connections inherit it
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_SECONDS * 1000)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise RuntimeError(
            f"port {port} of {address} is taken; choose another with --port"
        ) from error
    listener.listen(_BACKLOG)
    return listener


class _Server(Server):
    """Granian's embedded server on a socket that is given to it."""

    def __init__(self, app: ASGIApp, listener: socket.socket, **options: Any) -> None:
        super().__init__(app, **options)
        self._listener = listener

    def _init_shared_socket(self) -> None:
        # Its type stub knows no arguments; they are descriptor, Unix socket or not, backlog.
        holder: Any = SocketHolder
        self._shd = holder(self._listener.detach(), False, _BACKLOG)
        self._sfd = self._shd.get_fd()
        self._ssp = None


async def serve(
    app: ASGIApp,
    *,
    listener: socket.socket,
    connections: int,
    before_stop: Callable[[], Awaitable[None]],
    stop: asyncio.Event,
) -> None:
    """Serve until `stop` is set, then run `before_stop` and end.

    Raises:
        RuntimeError: the server ended by itself (start-up failed).
    """
    server = _Server(
        app,
        listener,
        interface=Interfaces.ASGI,
        backpressure=connections,
        # Browsers speak HTTP/2 to the proxy, if at all; here it would only admit larger headers.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=_HEAD_BYTES),
        log_level=LogLevels.error,
        log_dictconfig=_OUR_LOGS,
        log_access=False,
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if serving.done():
        raise RuntimeError(
            "the web server ended by itself; the log says why"
        ) from serving.exception()
    await before_stop()
    server.stop()
    await _ended(serving)


async def _ended(serving: asyncio.Task[None]) -> None:
    try:
        await asyncio.wait_for(serving, _DRAIN_SECONDS)
    except TimeoutError:
        _log.warning("web.drain_timeout", seconds=_DRAIN_SECONDS)


async def _leave_nothing() -> None:
    """Cancel what is still running when everything has ended, and wait for it a moment."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        _, stubborn = await asyncio.wait(rest, timeout=_LAST_SECONDS)
        if stubborn:
            _log.warning("web.tasks_left", tasks=[task.get_name() for task in stubborn])
    await asyncio.get_running_loop().shutdown_asyncgens()


async def run() -> None:
    """Serve the product until SIGTERM or SIGINT."""
    from djplatform.core.logging import configure
    from djplatform.ui import reflex_seam

    configure("web")
    listener = listen(settings().bind_address, settings().port)
    # Before the app is made: the hub counts its places from the limit that it finds.
    connections = raise_file_limit()
    reflex_seam.production_mode()
    from djplatform.app import app, site

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)

    async def before_stop() -> None:
        await asyncio.gather(site.close(), reflex_seam.disconnect_all(app))

    await serve(
        reflex_seam.asgi(app),
        listener=listener,
        connections=connections,
        before_stop=before_stop,
        stop=stop,
    )


def main() -> None:
    """Entry of `djplatform web`; the frontend must be built. Ends the process.

    Raises:
        RuntimeError: it could not serve; the text says why.
    """
    # Reflex finds its configuration and the compiled pages from the current directory.
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    # Not `asyncio.run`: it would wait for whoever swallows the cancellation, for ever.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run())
    finally:
        loop.run_until_complete(_leave_nothing())
        loop.close()
    logging.shutdown()
    sys.stdout.flush()
    # Everything of ours has ended. Taking the interpreter down would now and then abort: a thread
    # of the server still lets go of Python objects (seen in one of twelve ends).
    os._exit(0)


if __name__ == "__main__":
    main()
