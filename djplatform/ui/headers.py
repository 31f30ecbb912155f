"""What every answer tells the browser to forbid."""

import base64
import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from djplatform.settings import settings
from djplatform.ui.document import THEME_SCRIPT
from djplatform.ui.hosts import is_this_machine, split_host, visited_host

# A plain form's POST is answered by a redirect to the vendor's page, and browsers hold redirects
# of a form to `form-action` as well.
STRIPE_PAGES = ("https://checkout.stripe.com", "https://connect.stripe.com")
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", re.DOTALL)
_DATA_BLOCK = re.compile(r'type="application/(?:ld\+)?json"')
_TWO_YEARS = 63_072_000

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "screen-wake-lock=(self), autoplay=(self), clipboard-write=(self), "
        "camera=(), microphone=(), geolocation=(), usb=(), midi=(), payment=(), "
        "browsing-topics=()"
    ),
}


class SecurityHeaders:
    """Puts the headers on every answer; a route's own header of the same name stays.

    An embed says `frame-ancestors` for itself by `policy(request, frame_ancestors=…)`, and then
    gets no `X-Frame-Options`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete its answer's head."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _complete(MutableHeaders(raw=message.setdefault("headers", [])), scope)
            await send(message)

        await self._app(scope, receive, with_headers)


def _complete(headers: MutableHeaders, scope: Scope) -> None:
    own_policy = "content-security-policy" in headers
    if not own_policy:
        headers["Content-Security-Policy"] = policy(HTTPConnection(scope), document_hashes())
    for name, value in _FIXED.items():
        headers.setdefault(name, value)
    if _trustworthy(scope):
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if own_policy and "frame-ancestors 'none'" not in headers["content-security-policy"]:
        del headers["X-Frame-Options"]
    if settings().public_scheme == "https":
        headers.setdefault("Strict-Transport-Security", f"max-age={_TWO_YEARS}; includeSubDomains")


def _trustworthy(scope: Scope) -> bool:
    """Whether a browser takes the address for safe, and heeds what it would warn about elsewhere.

    Secure Contexts (W3C), 3.1: https, and this very machine; a plain address of a LAN is neither.
    """
    host = visited_host(Headers(scope=scope))
    return settings().public_scheme == "https" or is_this_machine(host)


def policy(
    connection: HTTPConnection,
    script_hashes: Sequence[str] = (),
    *,
    frame_ancestors: str = "'none'",
) -> str:
    """The Content-Security-Policy of one answer (CSP level 3); nothing is ever evaluated.

    `connect-src` names the socket's address because `'self'` does not cover `ws:` everywhere.
    """
    directives = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", *script_hashes]),
        # Style attributes are values (a bar's width); a hash cannot allow those.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "media-src": "'self' blob:",
        "connect-src": " ".join(["'self'", *_sockets(connection.headers)]),
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "form-action": " ".join(["'self'", *checkout_origins()]),
        "frame-ancestors": frame_ancestors,
        "base-uri": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in directives.items())


def checkout_origins() -> tuple[str, ...]:
    """Where a form of ours may end: the payment pages, of the vendor or of the sandbox."""
    if not settings().sandbox:
        return STRIPE_PAGES
    parts = urlsplit(settings().sandbox_public_url)
    return (f"{parts.scheme}://{parts.netloc}",)


def inline_hashes(page: str) -> tuple[str, ...]:
    """The inline scripts of a page as policy sources; data blocks are never executed."""
    return tuple(
        dict.fromkeys(
            script_hash(body)
            for attributes, body in _INLINE_SCRIPT.findall(page)
            if not _DATA_BLOCK.search(attributes)
        )
    )


def script_hash(body: str) -> str:
    """One inline script as a source: `'sha256-…'` over its exact text."""
    digest = hashlib.sha256(body.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@lru_cache(maxsize=1)
def document_hashes() -> tuple[str, ...]:
    """The one inline script of documents."""
    return (script_hash(THEME_SCRIPT),)


def _sockets(headers: Headers) -> list[str]:
    header = headers.get("host", "")
    name, port = split_host(header)
    if not name:
        return []
    scheme = "wss" if settings().public_scheme == "https" else "ws"
    shown = f"[{name}]" if ":" in name else name
    return [f"{scheme}://{shown}" + (f":{port}" if port else "")]
