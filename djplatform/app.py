"""The composition root of the web process: features, documents, consoles, guards."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import reflex as rx
import sqlalchemy as sa

from djplatform import registry
from djplatform.core.db import databases
from djplatform.core.realtime.endpoint import StreamEndpoint
from djplatform.core.realtime.hub import Hub
from djplatform.core.realtime.relay import SessionRelay
from djplatform.settings import settings
from djplatform.ui import console, guard, reflex_seam, session, shell, streams, visit
from djplatform.ui.door import socket_origin_allowed
from djplatform.ui.elsewhere import elsewhere
from djplatform.ui.frontend import static_dir
from djplatform.ui.site import Site
from djplatform.ui.web import make_api, protected


def make_site() -> Site:
    """Everything that the registered features bring to the web."""
    site = Site()
    site.checks["database"] = _database_answers
    site.lifespans.append(_database)
    site.add(registry.features())
    return site


def make_hub(site: Site) -> Hub:
    """The fan-out of events: runs with the process, and ends its streams before the server."""
    hub = Hub(settings().hub_url.get_secret_value())

    async def hears() -> None:
        if not hub.connected:
            raise RuntimeError("the hub does not hear the database")

    site.checks["hub"] = hears
    site.lifespans.append(hub.running)
    site.closers.append(hub.close)
    known = session.sessions()
    known.on_drop(hub.drop)
    known.on_drop_tell(SessionRelay(hub, known.drop_here).tell)
    return hub


def make_app(site: Site, hub: Hub) -> rx.App:
    """The whole web application: consoles by Reflex, everything else by the API."""
    stream_route = StreamEndpoint(hub, streams.admit).route()
    api = make_api(site, reflex_seam.assets_app(static_dir()))
    app = rx.App(
        stylesheets=["/tokens.css", "/app.css"],
        reset_style=False,
        toaster=None,
        html_lang="en",
        hydrate_fallback=shell.waiting,
        api_transformer=[api, partial(protected, streams=stream_route)],
    )
    # Its "cannot connect" overlay is replaced by the status that the consoles' frame shows.
    app.app_wraps.pop(reflex_seam.OVERLAY)
    console.configure(site.describe_workplace, site.places)
    for page in site.consoles:
        app.add_page(
            page.component,
            route=page.route,
            title=page.title,
            description=page.description,
            image="",
            on_load=list(page.on_load),
        )
    app.add_page(elsewhere, route="404", title="…", image="")
    for lifespan in site.lifespans:
        app.register_lifespan_task(lifespan)
    reflex_seam.check_socket_origin(app, socket_origin_allowed)
    visit.configure(resolve_host=site.resolve_host, identify=site.identify or session.identify)
    guard.install(app, session.sessions())
    return app


@asynccontextmanager
async def _database() -> AsyncGenerator[None]:
    databases.configure(
        web=settings().web_url.get_secret_value(),
        platform=settings().platform_url.get_secret_value(),
        pool_size=settings().pool_size,
    )
    try:
        yield
    finally:
        await databases.close()


async def _database_answers() -> None:
    if databases.web is None:
        raise RuntimeError("no database is configured for the web process")
    async with databases.web.engine.connect() as connection:
        await connection.execute(sa.text("select 1"))


site = make_site()
app = make_app(site, make_hub(site))
