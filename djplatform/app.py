"""The composition root of the web process: features, documents, consoles, guards."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import reflex as rx
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.types import ASGIApp

from djplatform import registry
from djplatform.core.db import databases
from djplatform.settings import settings
from djplatform.ui import errors, health, reflex_seam, routes, shell, visit
from djplatform.ui.access_log import AccessLog
from djplatform.ui.compress import Compress
from djplatform.ui.door import Door, socket_origin_allowed
from djplatform.ui.frontend import static_dir
from djplatform.ui.headers import SecurityHeaders
from djplatform.ui.limits_guard import LimitsGuard
from djplatform.ui.site import Site

# What a form or an API call may weigh; uploads have routes of their own with their own limit.
MAX_BODY_BYTES = 1_000_000


def make_site() -> Site:
    """Everything that the registered features bring to the web."""
    site = Site()
    site.checks["database"] = _database_answers
    site.lifespans.append(_database)
    site.add(registry.features())
    return site


def make_api(site: Site) -> FastAPI:
    """The plain HTTP side: routers, documents, consoles' shells, files, failures."""
    api = FastAPI(
        title="djplatform",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
    )
    errors.install(api)
    api.include_router(health.routes(site.checks))
    for router in site.routers:
        api.include_router(router)
    routes.add_documents(api, site.documents)
    shell.add_consoles(api, site.consoles)
    files = reflex_seam.assets_app(static_dir())
    routes.add_site_files(api, site.sitemaps, files)
    api.router.routes.append(routes.LastResort(files))
    return api


def make_app(site: Site) -> rx.App:
    """The whole web application: consoles by Reflex, everything else by the API."""
    app = rx.App(
        stylesheets=["/tokens.css", "/app.css"],
        reset_style=False,
        toaster=None,
        html_lang="en",
        api_transformer=[make_api(site), _protected],
    )
    # Its "cannot connect" overlay is replaced by the status that the consoles' frame shows.
    app.app_wraps.pop((5, "Overlay"))
    for page in site.consoles:
        app.add_page(
            page.component,
            route=page.route,
            title=page.title,
            description=page.description,
            image="",
            on_load=list(page.on_load),
        )
    for lifespan in site.lifespans:
        app.register_lifespan_task(lifespan)
    reflex_seam.check_socket_origin(app, socket_origin_allowed)
    visit.configure(resolve_host=site.resolve_host, identify=site.identify)
    return app


def _protected(app: ASGIApp) -> ASGIApp:
    return AccessLog(SecurityHeaders(Compress(Door(LimitsGuard(app)))))


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
app = make_app(site)
