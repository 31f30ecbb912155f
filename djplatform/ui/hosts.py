"""Which brand a host belongs to, and which origins may speak to it."""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

from djplatform.settings import settings

_CACHE_SECONDS = 10.0
# An attacker can invent any number of Host headers; the cache must not grow with them.
_CACHE_SIZE = 2_048
_HOST = re.compile(r"(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])\.?(?::(?P<port>\d+))?")
_LONGEST_HOST = 260
"""A name of 253 characters (RFC 1035, 2.3.4) and a port."""
_LAST_PORT = 65_535


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
        """Whether the last `find` knew the host; never asks anew.

        The socket library asks synchronously, right after `find` ran for the same request.
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
    """Host and port of a Host header: lower case, no trailing dot; no port gives None.

    What cannot be a host (RFC 9110, 7.2) gives an empty name: it is the visitor's text, and goes
    into links, policies and caches.
    """
    found = _HOST.fullmatch(header.strip().lower()) if len(header) <= _LONGEST_HOST else None
    port = int(found["port"]) if found and found["port"] else None
    if found is None or (port or 0) > _LAST_PORT:
        return "", None
    return found["name"].strip("[]"), port


def is_this_machine(host: str) -> bool:
    """Whether a name (as `split_host` gives it) can only lead a browser to its own machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def visited_host(headers: Mapping[str, str]) -> str:
    """The name that a request was sent to, or an empty one; of all headers only `Host` counts."""
    return split_host(headers.get("host", ""))[0]


def allowed_origin(origin: str | None, host: str, *, known: bool = True) -> bool:
    """Whether a page of this origin may change something on the visited host.

    The one rule for forms, the REST API and the event socket: the page was served by the host
    (name and port) that it now speaks to, and the host is one of ours. Where we are served by
    https a plain-http page of the same name is foreign: anybody on the wire can write it. A
    missing origin is no origin: the caller decides what its absence means. `host` is the raw
    Host header.
    """
    if not origin or not known:
        return False
    try:
        parts = urlsplit(origin)
        theirs = (parts.hostname, parts.port or _default_port(parts.scheme))
    except ValueError:
        return False
    if parts.scheme not in _schemes() or parts.path or parts.query or parts.fragment:
        return False
    name, port = split_host(host)
    return bool(name) and theirs == (name, port or _default_port(parts.scheme))


def _schemes() -> frozenset[str]:
    secure = settings().public_scheme == "https"
    return frozenset({"https"}) if secure else frozenset({"http", "https"})


def _default_port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
