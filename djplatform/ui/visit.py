"""A visit: everything a page may know about the request that asked for it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from babel.core import negotiate_locale
from starlette.requests import HTTPConnection, Request

from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.settings import settings
from djplatform.ui.hosts import (
    NEUTRAL,
    BrandView,
    Found,
    HostResolver,
    Hosts,
    split_host,
    visited_host,
)

__all__ = ["BrandView", "Identity", "Visit", "configure", "current_visit", "visit_of"]

LANGUAGES = ("en",)
_SCOPE_KEY = "djplatform.visit"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request comes from, read from its cookies and nothing else."""

    actor: Actor = ANONYMOUS
    device_id: UUID | None = None
    language: str | None = None
    """The language that the person chose, when they did."""


Identify = Callable[[HTTPConnection, BrandView], Awaitable[Identity]]


@dataclass(frozen=True, slots=True)
class Visit:
    """One request, as loaders and renderers see it; plain values only."""

    host: str
    known_host: bool
    brand: BrandView
    scheme: str
    port: int | None
    path: str
    query: Mapping[str, str]
    actor: Actor = ANONYMOUS
    device_id: UUID | None = None
    language: str = "en"
    address: str = ""
    request_id: str = ""

    def url(self, path: str, brand: BrandView | None = None) -> str:
        """Absolute link to a path, on the visited host or on another brand's canonical host.

        The visited port is kept, so that links work for a phone in the local network too.
        """
        host = brand.host if brand else self.host
        name = f"[{host}]" if ":" in host else host
        default = 443 if self.scheme == "https" else 80
        port = "" if self.port in {None, default} else f":{self.port}"
        return f"{self.scheme}://{name}{port}{path}"

    @property
    def signed_in(self) -> bool:
        """Whether a person is logged in."""
        return self.actor.user_id is not None


async def _nobody(_host: str) -> BrandView | None:
    return None


async def _anonymous(_connection: HTTPConnection, _brand: BrandView) -> Identity:
    return Identity()


@dataclass(slots=True)
class _Seams:
    """What the composition root gives: the ui package knows no feature."""

    hosts: Hosts
    identify: Identify


_seams = _Seams(Hosts(_nobody), _anonymous)


def configure(
    *, resolve_host: HostResolver | None = None, identify: Identify | None = None
) -> None:
    """Say where brands and sessions come from. Called once by the composition root."""
    _seams.hosts = Hosts(resolve_host or _nobody)
    _seams.identify = identify or _anonymous


def hosts() -> Hosts:
    """The host table of this process."""
    return _seams.hosts


async def brand_of(connection: HTTPConnection) -> Found:
    """The brand that the visited host shows."""
    return await _seams.hosts.find(visited_host(connection.headers))


async def current_visit(request: Request) -> Visit:
    """The visit of a request; a FastAPI dependency. Worked out once for each request."""
    return await visit_of(request)


async def visit_of(connection: HTTPConnection) -> Visit:
    """The visit of any connection, also of a websocket or a stream."""
    state = connection.scope.setdefault("state", {})
    if _SCOPE_KEY not in state:
        found = await brand_of(connection)
        identity = await _seams.identify(connection, found.brand)
        state[_SCOPE_KEY] = _visit(connection, found, identity)
    return state[_SCOPE_KEY]


def anonymous_visit(connection: HTTPConnection) -> Visit:
    """A visit that asks nobody: for error pages, when brands or sessions cannot be read."""
    return _visit(connection, Found(NEUTRAL, known=False), Identity())


def address_of(connection: HTTPConnection) -> str:
    """The visitor's address. `X-Forwarded-For` counts only behind that many trusted proxies."""
    peer = connection.client.host if connection.client else ""
    hops = settings().trusted_proxy_hops
    # One proxy adds to the header that it was given, another writes a line of its own below it.
    forwarded = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    chain = [address for part in forwarded if (address := part.strip())]
    return chain[-hops] if 0 < hops <= len(chain) else peer


def _visit(connection: HTTPConnection, found: Found, identity: Identity) -> Visit:
    host, port = split_host(connection.headers.get("host", ""))
    return Visit(
        host=host or found.brand.host,
        known_host=found.known,
        brand=found.brand,
        scheme=settings().public_scheme,
        port=port,
        path=connection.scope["path"],
        query=dict(connection.query_params),
        actor=identity.actor,
        device_id=identity.device_id,
        language=identity.language or _language(connection.headers.get("accept-language", "")),
        address=address_of(connection),
        request_id=connection.scope.get("state", {}).get("request_id", ""),
    )


def _language(accept: str) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4)."""
    wanted = [name for _, name in sorted(_weighed(accept), key=lambda one: -one[0])]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or LANGUAGES[0]


def _weighed(accept: str) -> Iterator[tuple[float, str]]:
    """The languages of the header with their weights; zero means "not this one"."""
    for part in accept.split(","):
        name, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if name.strip() and quality > 0:
            yield quality, name.strip()
