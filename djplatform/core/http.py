"""The one hardened HTTP client: timeouts, no redirects, no call inside an open unit of work.

Retries live in the transport, so that every caller has them: connection errors, timeouts, 429 and
5xx are tried again with jitter, but only where a repetition cannot do the work twice, which is a
safe method or a request that carries an `Idempotency-Key`.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

import httpx
import stamina

from djplatform.core.db import forbid_in_unit
from djplatform.core.errors import InvalidInput

DEFAULT_TIMEOUT = httpx.Timeout(20.0, connect=5.0)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_RETRY_STATUS = frozenset({429, 500, 502, 503, 504})

Resolver = Callable[[str, int], Awaitable[list[str]]]


class PrivateAddress(InvalidInput):
    """That address lies in a private network."""

    def __init__(self, host: str) -> None:
        super().__init__(url="This address cannot be reached from here.")
        self.host = host


class _WorthAnotherTry(Exception):
    """Carries an answer through stamina; never leaves this module."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(str(response.status_code))
        self.response = response


async def resolve(host: str, port: int) -> list[str]:
    """Every address that a host name has, by the system's resolver."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise httpx.ConnectError(f"{host} cannot be resolved") from error
    return [str(entry[4][0]) for entry in found]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    An IPv6 address that carries an IPv4 one is judged by the latter: `::ffff:127.0.0.1` and
    `64:ff9b::7f00:1` would otherwise pass as global.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        nat64 = ip in ipaddress.ip_network("64:ff9b::/96")
        embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if nat64 else None
        inner = ip.ipv4_mapped or ip.sixtofour or embedded
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


class GuardedTransport(httpx.AsyncBaseTransport):
    """Stands before the real transport: the unit of work, private addresses, retries."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        attempts: int = 3,
        public_only: bool = False,
        resolver: Resolver = resolve,
    ) -> None:
        self._inner = inner
        self._attempts = attempts
        self._public_only = public_only
        self._resolver = resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request, again when that is safe and promises something."""
        forbid_in_unit(f"{request.method} {request.url.host}")
        if self._public_only:
            await self._pin_public_address(request)
        if self._attempts <= 1 or not _may_repeat(request):
            return await self._inner.handle_async_request(request)
        try:
            return await self._send_with_retries(request)
        except _WorthAnotherTry as last:
            return last.response

    async def _send_with_retries(self, request: httpx.Request) -> httpx.Response:
        retry = stamina.retry_context(
            on=(httpx.TransportError, _WorthAnotherTry),
            attempts=self._attempts,
            timeout=30.0,
            wait_initial=0.2,
            wait_max=3.0,
            wait_jitter=0.5,
        )
        async for attempt in retry:
            with attempt:
                response = await self._inner.handle_async_request(request)
                if response.status_code in _RETRY_STATUS:
                    # Read before the next try: an unread body keeps its connection busy.
                    await response.aread()
                    raise _WorthAnotherTry(response)
                return response
        raise AssertionError("unreachable: stamina raises after the last attempt")

    async def _pin_public_address(self, request: httpx.Request) -> None:
        """Connect to the very address that was judged, so that a second look-up cannot differ."""
        host = request.url.host
        if request.url.scheme not in {"http", "https"}:
            raise PrivateAddress(host)
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self._resolver(host, port)
        if not addresses or not all(is_public(address) for address in addresses):
            raise PrivateAddress(host)
        request.extensions["sni_hostname"] = host
        request.url = request.url.copy_with(host=addresses[0])

    async def aclose(self) -> None:
        """Close the real transport."""
        await self._inner.aclose()


def _may_repeat(request: httpx.Request) -> bool:
    return request.method in _SAFE_METHODS or "idempotency-key" in request.headers


def client(
    *,
    base_url: str = "",
    timeout: httpx.Timeout | float = DEFAULT_TIMEOUT,
    attempts: int = 3,
    public_only: bool = False,
    headers: dict[str, str] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """An HTTP client for one purpose; close it with `aclose()` or use it as a context.

    Args:
        base_url: Prefix of relative addresses.
        timeout: In seconds.
        attempts: How often a repeatable request is tried; 1 where the caller has its own retries.
        public_only: For addresses that people gave us: refuses private networks.
        headers: Sent with every request.
        transport: What really sends; tests give an `ASGITransport`.

    """
    real = transport or httpx.AsyncHTTPTransport(
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20), retries=0
    )
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=timeout,
        headers=headers,
        follow_redirects=False,
        trust_env=False,
        transport=GuardedTransport(real, attempts=attempts, public_only=public_only),
    )
