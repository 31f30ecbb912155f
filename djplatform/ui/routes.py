"""The routes of documents, and what every site has: robots, sitemap, favicon, the last resort."""

from collections.abc import Callable, Sequence
from html import escape
from itertools import takewhile
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from djplatform.core.i18n import use_language
from djplatform.ui.page_cache import PageCache
from djplatform.ui.pages import PublicPage, respond
from djplatform.ui.reflex_seam import EVENT_PATH
from djplatform.ui.site import SitemapProvider
from djplatform.ui.visit import Visit, current_visit

_IMMUTABLE = "public, max-age=31536000, immutable"
_AN_HOUR = "public, max-age=3600"
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Where Vite puts files whose names hold the hash of their content.
_HASHED = "/assets/"
# Names that carry their version: `/fonts/geist-1.woff2`.
_VERSIONED = ("/fonts/",)


def add_documents(
    api: FastAPI, pages: Sequence[PublicPage[Any]], *, cache: PageCache | None = None
) -> None:
    """Register the one handler of documents for every declared page."""
    shared = cache or PageCache()
    for page in pages:
        api.add_api_route(
            page.path,
            document_handler(page, shared),
            methods=["GET", "HEAD"],
            include_in_schema=False,
            response_model=None,
        )


def document_handler(page: PublicPage[Any], cache: PageCache) -> Callable[[Request], Any]:
    """The handler of one page: from the cache, else loaded, rendered and perhaps remembered."""

    async def handle(request: Request) -> Response:
        visit = await current_visit(request)
        if (cached := cache.get(visit)) is not None:
            return cached
        with use_language(visit.language):
            view = await page.load(visit, **request.path_params)
            document = page.render(view, visit)
            response = respond(document, visit)
        cache.put(visit, document, response)
        return response

    return handle


def add_site_files(api: FastAPI, sitemaps: Sequence[SitemapProvider], files: StaticFiles) -> None:
    """Register `/robots.txt`, `/sitemap.xml` and `/favicon.ico`; each is the visited host's."""

    async def robots(request: Request) -> Response:
        return PlainTextResponse(robots_text(await current_visit(request)))

    async def sitemap(request: Request) -> Response:
        visit = await current_visit(request)
        if not visit.known_host:
            raise HTTPException(404)
        text = sitemap_text([visit.url(p) for make in sitemaps async for p in make(visit)])
        return Response(text, media_type="application/xml")

    async def favicon(request: Request) -> Response:
        brand = (await current_visit(request)).brand
        response = await files.get_response(f"favicon-{brand.key}.svg", request.scope)
        response.headers["Cache-Control"] = _AN_HOUR
        return response

    own = {"/robots.txt": robots, "/sitemap.xml": sitemap, "/favicon.ico": favicon}
    for path, handler in own.items():
        api.add_api_route(
            path, handler, methods=["GET", "HEAD"], include_in_schema=False, response_model=None
        )


def robots_text(visit: Visit) -> str:
    """What crawlers may read: everything of a known host but its API; nothing of a stranger's."""
    if not visit.known_host:
        return "User-agent: *\nDisallow: /\n"
    return f"User-agent: *\nDisallow: /api/\n\nSitemap: {visit.url('/sitemap.xml')}\n"


def sitemap_text(addresses: Sequence[str]) -> str:
    """A sitemap (sitemaps.org, protocol 0.9) of absolute addresses; at most 50,000 are allowed."""
    urls = "".join(f"<url><loc>{escape(address)}</loc></url>" for address in addresses[:50_000])
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    )


class LastResort(BaseRoute):
    """What no other route took: a built file, HEAD of a page, or the page that says what is wrong.

    Everything but the event socket: the framework is mounted after us and would answer the rest
    with its own pages and its own health checks.
    """

    def __init__(self, files: StaticFiles, router: Router) -> None:
        self.files = files
        self.router = router

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take every HTTP request that is not the event socket's."""
        taken = scope["type"] == "http" and not is_event_path(scope["path"])
        return (Match.FULL if taken else Match.NONE), {}

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        """Nothing is named here."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file; else 405 where another method would do, else 404."""
        path, allowed = scope["path"], self._methods(scope)
        if scope["method"] == "HEAD" and "GET" in allowed:
            # Whoever answers GET answers HEAD (RFC 9110, 9.3.2); `Compress` drops the body.
            await self.router({**scope, "method": "GET"}, receive, send)
            return
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(allowed)})
        if scope["method"] not in {"GET", "HEAD"} or not is_asset(path):
            raise HTTPException(404)
        response = await self.files.get_response(self.files.get_path(scope), scope)
        response.headers["Cache-Control"] = asset_cache(path)
        await response(scope, receive, send)

    def _methods(self, scope: Scope) -> list[str]:
        """The methods that the routes before us take at this address."""
        before = list(takewhile(lambda route: route is not self, self.router.routes))
        return [
            method
            for method in _METHODS
            if any(r.matches({**scope, "method": method})[0] is Match.FULL for r in before)
        ]


def is_event_path(path: str) -> bool:
    """Whether the framework's socket is meant."""
    return path == EVENT_PATH or path.startswith(f"{EVENT_PATH}/")


def is_asset(path: str) -> bool:
    """Whether a path may name a built file; pages never leave as files."""
    name = path.rsplit("/", 1)[-1]
    return "." in name and not name.startswith(".") and not name.endswith((".html", ".gz", ".br"))


def asset_cache(path: str) -> str:
    """How long a browser may keep a file without asking: for ever when the name changes with it."""
    return _IMMUTABLE if path.startswith((_HASHED, *_VERSIONED)) else _AN_HOUR


def without_trailing_slash(path: str) -> str | None:
    """The path to redirect to, or None. Never one that a browser reads as another host."""
    if path == "/" or not path.endswith("/"):
        return None
    return "/" + path.strip("/\\")


def slash_redirect(path: str, query: str) -> Response | None:
    """One address for one page: a trailing slash is redirected for good (308 keeps the method)."""
    target = without_trailing_slash(path)
    if target is None:
        return None
    address = quote(target)
    return RedirectResponse(f"{address}?{query}" if query else address, 308)
