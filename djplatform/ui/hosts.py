"""Which brand a host belongs to, and which origins may speak to it."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

_CACHE_SECONDS = 10.0
# An attacker can invent any number of Host headers; the cache must not grow with them.
_CACHE_SIZE = 2_048


@dataclass(frozen=True, slots=True)
class BrandView:
    """A brand as pages need it. `key` is the product context and the value of `data-brand`."""

    key: str
    name: str
    landing: str
    """Path of the console that a person sees after logging in."""
    host: str
    """The brand's canonical host, without a port."""
    organization_id: UUID | None = None
    """The tenant whose own domain this is, if it is one's."""
    from_name: str = ""
    """The sender's name in mails."""


NEUTRAL = BrandView(
    key="neutral",
    name="DJ Platform",
    landing="/dashboard",
    host="localhost",
    from_name="DJ Platform",
)

HostResolver = Callable[[str], Awaitable[BrandView | None]]
"""Answers which brand a host (lower case, no port) shows; None for a host that nobody claimed."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer for one host: an unknown host gets the neutral brand, read-only."""

    brand: BrandView
    known: bool


class Hosts:
    """The host table with a short memory, so that a page does not cost a query for its brand."""

    def __init__(self, resolve: HostResolver, *, clock: Callable[[], float] = monotonic) -> None:
        self._resolve = resolve
        self._clock = clock
        self._cache: OrderedDict[str, tuple[float, Found]] = OrderedDict()

    async def find(self, host: str) -> Found:
        """The brand of a host; unknown hosts are remembered as well."""
        cached = self._cache.get(host)
        if cached and self._clock() < cached[0]:
            return cached[1]
        brand = await self._resolve(host)
        found = Found(brand, known=True) if brand else Found(_neutral(host), known=False)
        self._remember(host, found)
        return found

    def known(self, host: str) -> bool:
        """Whether the host was found to be known within the cache's time; never asks anew.

        The socket library asks synchronously, always after `find` ran for the same request.
        """
        cached = self._cache.get(host)
        return bool(cached and cached[1].known)

    def forget(self, host: str | None = None) -> None:
        """Drop one answer, or all, after a domain was added or taken away."""
        if host is None:
            self._cache.clear()
        else:
            self._cache.pop(host, None)

    def _remember(self, host: str, found: Found) -> None:
        self._cache[host] = (self._clock() + _CACHE_SECONDS, found)
        self._cache.move_to_end(host)
        while len(self._cache) > _CACHE_SIZE:
            self._cache.popitem(last=False)


def _neutral(host: str) -> BrandView:
    return replace(NEUTRAL, host=host or NEUTRAL.host)


def split_host(header: str) -> tuple[str, int | None]:
    """Host and port of a Host header: lower case, no trailing dot; no port gives None."""
    try:
        parts = urlsplit(f"//{header.strip()}")
        return (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", None


def allowed_origin(origin: str | None, host: str, *, known: bool = True) -> bool:
    """Whether a page of this origin may change something on the visited host.

    The one rule for forms, the REST API and the event socket: the page was served by the host
    (name and port) that it now speaks to, and the host is one of ours. A missing origin is no
    origin: the caller decides what its absence means. `host` is the raw Host header.
    """
    if not origin or not known:
        return False
    try:
        parts = urlsplit(origin)
        theirs = (parts.hostname, parts.port or _default_port(parts.scheme))
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.path or parts.query or parts.fragment:
        return False
    name, port = split_host(host)
    return bool(name) and theirs == (name, port or _default_port(parts.scheme))


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
