"""The sandbox as one ASGI app: the vendors' APIs, their hosted pages, and the control API."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from djplatform.sandbox import clockwork, control, look, mail
from djplatform.sandbox.config import SandboxConfig
from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.resend import routes as resend
from djplatform.sandbox.store import Store
from djplatform.sandbox.stripe import routes as stripe

_HOME = """
<h1>The sandbox</h1>
<p>These are the outside services, simulated: they speak the vendors' own protocols, so the app
runs the same code here as in production. No money moves and no mail leaves this machine.</p>
<section class="card"><h2>Mail</h2><p class="soft">Everything the app has sent, newest first.</p>
<a class="button" href="/mail">Open the mail outbox</a></section>
<section class="card"><h2>Payments</h2><p class="soft">Bank debits that wait for your decision.
The checkout and the onboarding pages open from the app itself.</p>
<a class="button plain" href="/payments">Pending payments</a></section>
"""


async def _home(request: Request) -> Response:
    return look.page("What this is", _HOME)


async def _health(request: Request) -> Response:
    sandbox: Sandbox = request.app.state.sandbox
    async with sandbox.store.transaction() as rows:
        await rows.get("control", "webhooks")
    return JSONResponse({"ok": True})


async def _not_found(request: Request, error: Exception) -> Response:
    return look.message("No such page", "The sandbox has nothing here.", status=404,
                        link=("/", "What the sandbox is"))  # fmt: skip


def make_sandbox(
    config: SandboxConfig, store: Store, *, transport: httpx.AsyncBaseTransport | None = None
) -> Sandbox:
    """The sandbox's state; `transport` takes the webhooks, the network by default."""
    client = httpx.AsyncClient(
        timeout=10.0, follow_redirects=False, trust_env=False, transport=transport
    )
    return Sandbox(config, store, client)


def make_app(sandbox: Sandbox, *, by_itself: bool = True) -> Starlette:
    """The ASGI app.

    Args:
        sandbox: Its state.
        by_itself: Settle and deliver in the background; tests that drain themselves say no.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        await sandbox.store.open()
        work = asyncio.create_task(clockwork.run(sandbox)) if by_itself else None
        try:
            yield
        finally:
            if work is not None:
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
            await sandbox.webhooks.aclose()
            await sandbox.store.close()

    app = Starlette(
        routes=[
            Route("/", _home, methods=["GET"]),
            Route("/healthz", _health, methods=["GET"]),
            stripe.API,
            resend.API,
            *stripe.PAGES,
            *mail.ROUTES,
            *control.ROUTES,
        ],
        exception_handlers={404: _not_found},
        lifespan=lifespan,
    )
    app.state.sandbox = sandbox
    return app
