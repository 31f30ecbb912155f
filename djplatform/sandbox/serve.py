"""The sandbox's process: `djplatform sandbox`."""

import asyncio
import signal
from urllib.parse import urlsplit

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from starlette.applications import Starlette

from djplatform.sandbox.app import make_app, make_sandbox
from djplatform.sandbox.config import from_settings
from djplatform.sandbox.store_postgres import PostgresStore
from djplatform.settings import settings


class NoDatabaseForSandbox(RuntimeError):
    """The sandbox has no database; set DATABASE_SANDBOX_URL or start it with `djplatform up`."""


def build() -> Starlette:
    """The app as the settings want it.

    Raises:
        NoDatabaseForSandbox: there is nowhere to keep its state.
    """
    url = settings().sandbox_db_url.get_secret_value()
    if not url:
        raise NoDatabaseForSandbox(NoDatabaseForSandbox.__doc__)
    return make_app(make_sandbox(from_settings(settings()), PostgresStore(url)))


def serve() -> None:
    """Serve until SIGINT or SIGTERM, on `bind_address` and the port of `sandbox_url`."""
    port = urlsplit(settings().sandbox_url).port or 80
    asyncio.run(serve_app(build(), settings().bind_address, port))


async def serve_app(app: Starlette, address: str, port: int) -> None:
    """Serve an app inside the running loop until SIGINT or SIGTERM."""
    server = Server(
        app,
        address=address,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.warning,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
