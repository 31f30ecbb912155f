"""What all attacks over HTTP share: who attacks, where, and how each attempt is judged."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from djplatform.isolation.inventory import Inventory
from djplatform.isolation.leak import Leak
from djplatform.isolation.reviewed import allowed_places
from djplatform.isolation.victim import Victim
from djplatform.isolation.watch import Changes, Watch

_QUIET_LOOKS = 4
_LOOK_SECONDS = 0.15
_SIDE_BY_SIDE = 16


@dataclass(slots=True)
class Caller:
    """Somebody who sends requests, by the cookies that he has."""

    name: str
    cookie: str = ""
    token: str = ""
    """Shown to the REST API."""
    may_read: bool = False
    """A viewer of the victim: only what he changes is a leak."""
    is_guest: bool = True
    """Nobody has signed in; whatever asks for a permission must refuse him."""
    renew: Callable[[], Awaitable[str]] | None = None
    """Gives a cookie that counts: an attack may have ended the session."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fresh(self) -> str:
        """The cookies for the next attempt."""
        if self.renew is not None:
            async with self._turn:
                self.cookie = await self.renew()
        return self.cookie


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt that is over."""

    where: str
    attack: str
    caller: Caller
    answer: str
    """Whatever it gave, as text."""
    sent: str = ""
    """What the attacker sent himself, which may come back."""


Attack = Callable[[], AsyncGenerator[Tried]]
"""Something to be tried, and to be tried again; it tells of each attempt as soon as it is over."""


@dataclass(slots=True)
class Scene:
    """A running product, its victim and the judgement."""

    port: int
    host: str
    """Which name is visited; requests go to 127.0.0.1."""
    inventory: Inventory
    victim: Victim
    secrets: Mapping[str, str]
    """Text that no stranger may see → where it is kept."""
    watch: Watch
    callers: list[Caller]
    owner: Caller
    """The victim himself, and `fan` his guest: they show that there is something to see."""
    fan: Caller
    programs: list[Caller] = field(default_factory=list[Caller])
    """Who calls the REST API, which no cookie opens."""
    other_organization: str = ""
    attempts: int = 0
    leaks: list[Leak] = field(default_factory=list[Leak])

    @property
    def origin(self) -> str:
        """The visited site, as a browser names it."""
        return f"http://{self.host}:{self.port}"

    def client(self) -> httpx.AsyncClient:
        """A client that keeps no cookie: what one caller is given, another must not bring."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=30,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def headers(self, cookie: str) -> dict[str, str]:
        """What a browser on the visited site sends."""
        named = {"Host": f"{self.host}:{self.port}", "Origin": self.origin}
        return named | ({"Cookie": cookie} if cookie else {})

    async def settle(self) -> None:
        """Wait until nothing changes any more, and forget what did: it was no attack."""
        quiet = 0
        while quiet < _QUIET_LOOKS:
            quiet = 0 if self.watch.forgive() else quiet + 1
            await asyncio.sleep(_LOOK_SECONDS)

    def found(self, where: str, attack: str, what: str) -> None:
        """Note a leak, once."""
        leak = Leak(where, attack, what)
        if leak not in self.leaks:
            self.leaks.append(leak)

    async def one_by_one(self, attacks: Sequence[Attack]) -> None:
        """Try them one after the other; each may leave what is allowed where it was tried."""
        for attack in attacks:
            async for tried in attack():
                self._read(tried)
                self._blame(tried, self.watch.changes())

    async def together(self, attacks: Sequence[Attack]) -> None:
        """Try a few at a time, none of which may leave anything, and look after each few."""
        for first in range(0, len(attacks), _SIDE_BY_SIDE):
            few = attacks[first : first + _SIDE_BY_SIDE]
            some = await asyncio.gather(*(_all_of(attack) for attack in few))
            tried = [one for those in some for one in those]
            for one in tried:
                self._read(one)
            changes = self.watch.changes()
            if changes.lost or changes.gained:
                await self._find_out(few, tried, changes)

    async def _find_out(
        self, few: Sequence[Attack], tried: Sequence[Tried], changes: Changes
    ) -> None:
        """Name the attempt that changes something when it is made alone; else all of them."""
        self.watch.adopt()
        culprits = [
            self._blame(one, self.watch.changes()) for attack in few async for one in attack()
        ]
        if not any(culprits):
            for one in tried:
                self._blame(one, changes)

    def _read(self, tried: Tried) -> None:
        """Count an attempt, and look at what it gave."""
        self.attempts += 1
        if not tried.caller.may_read:
            for place in self.secrets_in(tried.answer, tried.sent):
                self._note(tried, f"answered with {place}")

    def _blame(self, tried: Tried, changes: Changes) -> bool:
        """Whether an attempt is a leak by what it has changed."""
        beyond = changes.beyond(allowed_places(tried.where))
        for change in beyond:
            self._note(tried, change)
        return bool(beyond)

    def _note(self, tried: Tried, what: str) -> None:
        self.found(tried.where, f"{tried.caller.name}: {tried.attack}", what)

    def secrets_in(self, answer: str, sent: str = "") -> list[str]:
        """Where the secrets lie that a text contains."""
        return sorted(
            {p for text, p in self.secrets.items() if text in answer and text not in sent}
        )


async def _all_of(attack: Attack) -> list[Tried]:
    return [tried async for tried in attack()]
