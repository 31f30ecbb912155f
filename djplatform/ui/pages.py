"""Pages declare themselves once: documents for everybody, consoles for those who work here."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import reflex as rx
from starlette.responses import HTMLResponse, Response

from djplatform.core.actor import Permission
from djplatform.ui.document import page_html
from djplatform.ui.hosts import BrandView
from djplatform.ui.visit import Visit

View = TypeVar("View")

_PARAMETER = re.compile(r"\[(\w+)\]")


@dataclass(frozen=True, slots=True)
class Document:
    """One finished page: plain values, rendered on the server, alive without JavaScript."""

    title: str
    description: str
    body: rx.Component
    canonical: str | None = None
    """Absolute address that search engines should keep; None means the visited one."""
    robots: str | None = None
    """What crawlers are told; a page that says something here has no canonical address."""
    image: str | None = None
    """Absolute address of the picture that a shared link shows."""
    head: tuple[rx.Component, ...] = ()
    structured: Mapping[str, Any] | None = None
    """Structured data (schema.org) for crawlers, written as JSON-LD."""
    streams: tuple[str, ...] = ()
    """Channels whose events swap parts of this page; all ride on one stream."""
    position: str = ""
    """Where these channels stood before the page was read (`core.realtime.position`): what
    happens until the stream is open is then told when it opens."""
    status: int = 200
    refresh: int | None = None
    """Seconds after which a page without JavaScript asks again."""
    cache_seconds: int = 0
    """How long the same bytes may serve every anonymous visitor of this host, language and path.

    Zero for whatever depends on the person: their device, their session, their typing.
    """
    brand: BrandView | None = None
    """Whose page it is, where that is not the visited host's brand."""


@dataclass(frozen=True, slots=True)
class PublicPage(Generic[View]):
    """A document's address, how its data are loaded and how they are drawn.

    `load(visit, **params)` may raise any `AppError` (shown as a page of that status) or
    `Redirect`; `render(view, visit)` is pure.
    """

    path: str
    load: Callable[..., Awaitable[View]]
    render: Callable[[View, Visit], Document]


@dataclass(frozen=True, slots=True)
class ConsolePage:
    """A compiled Reflex page behind a log-in. `route` is Reflex's: `/booth/[event]`."""

    route: str
    component: Callable[[], rx.Component]
    title: Any
    permission: Permission
    on_load: Sequence[Any] = ()
    description: str = ""
    keeps: Sequence[str] = ()
    """Operations that the page puts into the browser's outbox; no others have an address there."""

    @property
    def path(self) -> str:
        """The route as a path of the web framework: `/booth/{event}`."""
        return _PARAMETER.sub(r"{\1}", self.route)


@dataclass(slots=True)
class Redirect(Exception):
    """Raised by a loader to send the visitor elsewhere; a path of our own or a full address."""

    url: str
    status: int = 303
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def respond(
    document: Document, visit: Visit, *, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with a document, from a page or from any route (a form with its errors, say)."""
    if document.brand is not None:
        visit = replace(visit, brand=document.brand)
    response = HTMLResponse(
        page_html(document, visit), status_code=document.status, headers=dict(headers or {})
    )
    response.headers.setdefault("Cache-Control", _cache_control(document, visit))
    response.headers["Content-Language"] = visit.language
    # One address has a face per language, and another for those who are logged in.
    response.headers.append("Vary", "Accept-Language, Cookie")
    return response


def _cache_control(document: Document, visit: Visit) -> str:
    """Browsers always ask again (an ETag makes that cheap); only anonymous pages are shared."""
    if document.cache_seconds and not visit.signed_in and document.status == 200:
        return f"public, max-age=0, s-maxage={document.cache_seconds}, must-revalidate"
    return "private, no-cache"
