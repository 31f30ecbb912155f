"""The plain HTTP side of the web process, and the layers that every request passes."""

from fastapi import FastAPI
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from djplatform.core.operation import OPERATIONS
from djplatform.rest import PREFIX
from djplatform.rest.app import make_rest
from djplatform.ui import errors, health, outbox_api, routes, shell
from djplatform.ui.access_log import AccessLog
from djplatform.ui.compress import Compress
from djplatform.ui.door import Door
from djplatform.ui.drain import Drain
from djplatform.ui.headers import SecurityHeaders
from djplatform.ui.limits_guard import LimitsGuard
from djplatform.ui.session import Renewal
from djplatform.ui.site import Site
from djplatform.ui.streams import StreamsFirst
from djplatform.ui.visit import address_of

MAX_BODY_BYTES = 1_000_000
"""What a form or an API call may weigh; uploads have routes of their own with their own limit."""


def make_api(site: Site, files: StaticFiles) -> FastAPI:
    """Routers, documents, consoles' shells, built files, and what answers when something fails."""
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
    kept = {name for page in site.consoles for name in page.keeps}
    api.include_router(outbox_api.routes(OPERATIONS[name] for name in sorted(kept)))
    for router in site.routers:
        api.include_router(router)
    if site.authenticate is not None:
        rest = make_rest(OPERATIONS, site.authenticate, address_of, max_body_size=MAX_BODY_BYTES)
        api.mount(PREFIX, rest)
    routes.add_documents(api, site.documents)
    shell.add_consoles(api, site.consoles)
    routes.add_site_files(api, site.sitemaps, files)
    api.router.routes.append(routes.LastResort(files, api.router))
    return api


def protected(app: ASGIApp, streams: Route | None = None) -> ASGIApp:
    """Put the layers around an app.

    Outermost first: rest of the body, headers, log, compression, door, renewal of sessions, limits.
    """
    if streams is not None:
        app = StreamsFirst(app, streams)
    return Drain(SecurityHeaders(AccessLog(Compress(Door(Renewal(LimitsGuard(app)))))))
