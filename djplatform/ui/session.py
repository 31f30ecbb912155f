"""Cookies of people and devices, and the short memory of who a session is.

Documents, streams and the event socket all ask this module, so that they cannot disagree about
who is signed in, and so that ending a session is seen by all of them at once.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from time import monotonic
from typing import Protocol
from uuid import UUID

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.core.ids import parse_id
from djplatform.core.signing import sign, unsign
from djplatform.settings import settings
from djplatform.ui.hosts import BrandView, is_this_machine, visited_host
from djplatform.ui.visit import Identity

SESSION_SECONDS = 180 * 24 * 3600
"""Absolute life of a session; the row may end earlier, the cookie need not know."""
DEVICE_SECONDS = 400 * 24 * 3600
"""Browsers cap a cookie's life at 400 days (RFC 6265bis, 5.5)."""
_CACHE_SECONDS = 5.0
_CACHE_SIZE = 20_000
_DEVICE = "device"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session: who it is, and what the person may do in the chosen organization."""

    session_id: UUID
    actor: Actor
    rotate: bool = False
    """The token is older than a day; the next page that can set a cookie should renew it."""


Closer = Callable[[frozenset[UUID]], Awaitable[None]]


class SessionSource(Protocol):
    """Where sessions are kept. The composition root gives the accounts feature's service."""

    async def by_token(self, token: str) -> SignedIn | None:
        """The live session of a cookie's token."""
        ...

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        """The live session of an id that was learnt from a token before."""
        ...

    async def renew(self, token: str) -> str | None:
        """A new token in the place of one that is due; None when it is not, or not any more."""
        ...


class Sessions:
    """Live sessions with a memory of at most five seconds, dropped at once on revocation."""

    def __init__(self, source: SessionSource, *, clock: Callable[[], float] = monotonic) -> None:
        self._source = source
        self._clock = clock
        self._known: OrderedDict[str | UUID, tuple[float, SignedIn]] = OrderedDict()
        self._generation = 0
        self._closers: list[Closer] = []
        self._tellers: list[Closer] = []

    async def by_token(self, token: str) -> SignedIn | None:
        """The session of a cookie, or None when there is none or it ended."""
        if not token:
            return None
        # Only the hash is kept: a dump of this process's memory should not hold live tokens.
        key = hashlib.sha256(token.encode()).hexdigest()
        return await self._remembered(key, lambda: self._source.by_token(token))

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        """The session that an open connection began with, as it is now."""
        return await self._remembered(session_id, lambda: self._source.by_id(session_id))

    async def renew(self, token: str) -> str | None:
        """A new token for a session whose token is a day old."""
        found = await self.by_token(token)
        if found is None or not found.rotate:
            return None
        self.forget()
        return await self._source.renew(token)

    async def drop(self, session_ids: Iterable[UUID]) -> None:
        """Forget sessions that ended, or whose person's rights changed, and close what is open.

        Called after the change is committed. The other web processes are told to do the same.
        """
        concerned = frozenset(session_ids)
        try:
            await self.drop_here(concerned)
        finally:
            for tell in self._tellers if concerned else ():
                await tell(concerned)

    async def drop_here(self, concerned: frozenset[UUID]) -> None:
        """What `drop` does in this process alone; also when another process told us."""
        # An answer that is being read at this moment may be from before the change: the
        # generation keeps it from being remembered.
        self._generation += 1
        for key in [k for k, (_, known) in self._known.items() if known.session_id in concerned]:
            del self._known[key]
        for close in self._closers:
            await close(concerned)

    def forget(self) -> None:
        """Forget every remembered answer; open connections stay."""
        self._generation += 1
        self._known.clear()

    def on_drop(self, closer: "Closer") -> None:
        """Register who closes the open connections of dropped sessions."""
        self._closers.append(closer)

    def on_drop_tell(self, teller: "Closer") -> None:
        """Register who tells the other processes about dropped sessions."""
        self._tellers.append(teller)

    async def _remembered(
        self, key: str | UUID, ask: Callable[[], Awaitable[SignedIn | None]]
    ) -> SignedIn | None:
        cached = self._known.get(key)
        if cached and self._clock() < cached[0]:
            return cached[1]
        generation = self._generation
        found = await ask()
        if found is None:
            self._known.pop(key, None)
        elif generation == self._generation:
            self._known[key] = (self._clock() + _CACHE_SECONDS, found)
            self._known.move_to_end(key)
            while len(self._known) > _CACHE_SIZE:
                self._known.popitem(last=False)
        return found


class _NoSessions:
    async def by_token(self, token: str) -> SignedIn | None:
        del token
        return None

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        del session_id
        return None

    async def renew(self, token: str) -> str | None:
        del token
        return None


@dataclass(slots=True)
class _Seam:
    sessions: Sessions


_seam = _Seam(Sessions(_NoSessions()))


def configure(source: SessionSource) -> Sessions:
    """Say where sessions are kept. Called once by the composition root."""
    _seam.sessions = Sessions(source)
    return _seam.sessions


def sessions() -> Sessions:
    """The sessions of this process."""
    return _seam.sessions


# --- cookies ---------------------------------------------------------------------------------


def is_local(host: str) -> bool:
    """Whether a name can only mean this machine or the local network."""
    name = host.lower().rstrip(".")
    if is_this_machine(name) or name == settings().lan_host or name.endswith(".local"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    return address.is_private or address.is_link_local


def needs_secure(host: str) -> bool:
    """Whether cookies of this host must be `__Host-` and Secure.

    Only a plain-http address of the local network may do without: the booth on a phone beside
    a laptop. Where we are served by https there is no exception at all.
    """
    return settings().public_scheme == "https" or not is_local(host)


def cookie_name(base: str, host: str) -> str:
    """`__Host-sid`, or plain `sid` on a local http address.

    The other name is never read: a cookie that any neighbour in the network, or a sub-domain,
    could plant must not count where the secure one does.
    """
    return f"__Host-{base}" if needs_secure(host) else base


def parse_cookies(header: str) -> dict[str, str]:
    """The cookies of a Cookie header; one broken pair spoils only itself."""
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, separator, value = part.strip().partition("=")
        # Of two equal names the one with the longer path stands first (RFC 6265, 5.4), and ours
        # are all for the whole site: who planted a cookie below a path does not displace them.
        if separator:
            found[name] = _unquoted(value)
    return found


def session_token(cookies: Mapping[str, str], host: str) -> str:
    """The session's token for a visited host, or an empty text."""
    return cookies.get(cookie_name("sid", host), "")


def set_session(response: Response, host: str, token: str) -> None:
    """Give the browser a session."""
    _set(response, host, "sid", token, SESSION_SECONDS)


def clear_session(response: Response, host: str) -> None:
    """Take the session away."""
    _set(response, host, "sid", "", 0)


def device_of(cookies: Mapping[str, str], host: str) -> UUID | None:
    """The device id of a visitor, if the cookie is one that we signed."""
    return parse_id(unsign(_DEVICE, cookies.get(cookie_name("did", host), "")) or "")


def set_device(response: Response, host: str, device_id: UUID) -> None:
    """Remember this browser, for a person without an account."""
    _set(response, host, "did", sign(_DEVICE, str(device_id)), DEVICE_SECONDS)


def _set(response: Response, host: str, base: str, value: str, seconds: int) -> None:
    response.set_cookie(
        cookie_name(base, host),
        value,
        max_age=seconds,
        path="/",
        secure=needs_secure(host),
        httponly=True,
        samesite="lax",
    )


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return next(iter(SimpleCookie(f"x={value}").values())).value
    except (CookieError, StopIteration):
        return ""


# --- who a request comes from ------------------------------------------------------------------


async def identify(connection: HTTPConnection, _brand: BrandView) -> Identity:
    """Who a request comes from, by its cookies; given to `ui.visit.configure`."""
    host = visited_host(connection.headers)
    cookies = parse_cookies(connection.headers.get("cookie", ""))
    device_id = device_of(cookies, host)
    found = await sessions().by_token(session_token(cookies, host))
    actor = found.actor if found else ANONYMOUS
    return Identity(actor=replace(actor, device_id=device_id), device_id=device_id)


async def current_session(connection: HTTPConnection) -> SignedIn | None:
    """The session of a request: for routes that renew, change or end it."""
    host = visited_host(connection.headers)
    cookies = parse_cookies(connection.headers.get("cookie", ""))
    return await sessions().by_token(session_token(cookies, host))


class Renewal:
    """An ASGI layer that renews a day-old session's token while a page is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does; a page for a person may bring a new cookie."""
        fresh = await self._fresh(scope)
        if not fresh:
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                # Logging in or out in this very answer decides for itself.
                if not any(c.startswith(f"{name}=") for c in headers.getlist("set-cookie")):
                    headers.append("set-cookie", cookie)
            await send(message)

        host = visited_host(HTTPConnection(scope).headers)
        name, holder = cookie_name("sid", host), Response()
        set_session(holder, host, fresh)
        cookie = holder.headers["set-cookie"]
        await self._app(scope, receive, with_cookie)

    async def _fresh(self, scope: Scope) -> str | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        connection = HTTPConnection(scope)
        if "text/html" not in connection.headers.get("accept", ""):
            return None
        host = visited_host(connection.headers)
        token = session_token(parse_cookies(connection.headers.get("cookie", "")), host)
        return await sessions().renew(token) if token else None
