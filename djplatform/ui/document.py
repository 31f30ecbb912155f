"""From a document to the bytes of a page: the head, the frame, the live parts."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from djplatform.ui.css import used_css
from djplatform.ui.frontend import document_css, stylesheet_paths
from djplatform.ui.html import escape, render
from djplatform.ui.tokens import BRANDS, MODES, palette
from djplatform.ui.visit import Visit

if TYPE_CHECKING:
    from djplatform.ui.pages import Document

# A document follows the system's mode by its stylesheet alone. Only who chose the other mode in a
# console (the same key) needs this script; it runs before the first paint, so nothing flashes.
# Hashed for the Content-Security-Policy in `headers`.
THEME_SCRIPT = (
    "(function(){try{var m=localStorage.getItem('theme')}catch(e){}"
    "if(m!=='light'&&m!=='dark')return;var d=document.documentElement;"
    "d.removeAttribute('data-scheme');d.classList.add(m);d.style.colorScheme=m})()"
)
_MODES = ("dark", "light")
# htmx may neither evaluate strings nor write a style element: the policy would refuse both.
_HTMX_CONFIG = json.dumps(
    {"allowEval": False, "includeIndicatorStyles": False, "selfRequestsOnly": True}
)
_SCRIPTS = ("/js/htmx-2.min.js", "/js/htmx-sse-2.min.js")


def page_html(document: "Document", visit: Visit) -> str:
    """The whole page as text."""
    opening = (
        f'<html lang="{escape(visit.language)}" data-brand="{escape(visit.brand.key)}"'
        ' data-scheme="auto">'
    )
    content = render(document.body) + _late_style(document)
    body = f"<body{_stream_attributes(document)}>{content}</body>"
    # The document's own part of the stylesheet, so that the whole of it stays below 50 kB.
    style = used_css(document_css(), opening + body, also=_MODES)
    head = "".join(_head(document, visit, style))
    return f"<!doctype html>{opening}<head>{head}</head>{body}</html>"


def _head(document: "Document", visit: Visit, style: str) -> Iterator[str]:
    canonical = document.canonical or visit.url(quote(visit.path))
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">'
    yield f"<title>{escape(document.title)}</title>"
    yield _meta("name", "description", document.description)
    if document.robots:
        yield _meta("name", "robots", document.robots)
    else:
        yield f'<link rel="canonical" href="{escape(canonical)}">'
    yield from _sharing(document, visit, canonical)
    yield _theme_colors(visit.brand.key)
    yield f"<script>{THEME_SCRIPT}</script>"
    yield f"<style>{style}</style>"
    yield f'<link rel="icon" href="/favicon-{escape(visit.brand.key)}.svg" type="image/svg+xml">'
    yield from _behaviour(document)
    yield from (render(component) for component in document.head)


def _sharing(document: "Document", visit: Visit, canonical: str) -> Iterator[str]:
    """What a link shows where it is shared (ogp.me)."""
    yield _meta("property", "og:title", document.title)
    yield _meta("property", "og:description", document.description)
    yield _meta("property", "og:url", canonical)
    yield _meta("property", "og:site_name", visit.brand.name)
    yield _meta("property", "og:type", "website")
    if document.image:
        yield _meta("property", "og:image", document.image)
        yield _meta("name", "twitter:card", "summary_large_image")
    if document.structured is not None:
        # `<` would let a value close the element.
        text = json.dumps(document.structured).replace("<", "\\u003c")
        yield f'<script type="application/ld+json">{text}</script>'


@lru_cache
def _theme_colors(brand: str) -> str:
    """Colour a phone's own bars like the page, in both modes."""
    grounds = {mode: palette(brand, mode)["bg"] for mode in MODES} if brand in BRANDS else {}
    return "".join(
        f'<meta name="theme-color" content="{ground}" media="(prefers-color-scheme: {mode})">'
        for mode, ground in grounds.items()
    )


def _behaviour(document: "Document") -> Iterator[str]:
    if document.refresh is not None:
        yield f'<noscript><meta http-equiv="refresh" content="{document.refresh}"></noscript>'
    if document.streams:
        yield _meta("name", "htmx-config", _HTMX_CONFIG)
        yield from (f'<script src="{src}" defer></script>' for src in _SCRIPTS)


def _late_style(document: "Document") -> str:
    """The whole stylesheet, for fragments that arrive later and use classes not here yet.

    At the body's end it delays no paint.
    """
    if not document.streams:
        return ""
    return "".join(f'<link rel="stylesheet" href="{path}">' for path in stylesheet_paths())


def _stream_attributes(document: "Document") -> str:
    if not document.streams:
        return ""
    channels = quote(",".join(document.streams), safe=",:.-_")
    since = f"&last_event_id={quote(document.position)}" if document.position else ""
    address = f"/api/stream/{channels}?as=html{since}"
    return f' hx-ext="sse" sse-connect="{escape(address)}"'


def _meta(kind: str, name: str, content: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}">'
