"""What all attacks over HTTP share: who attacks, where, and how each attempt is judged."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import httpx

from djplatform.isolation.inventory import Inventory
from djplatform.isolation.leak import Leak
from djplatform.isolation.reviewed import allowed_places
from djplatform.isolation.victim import Victim
from djplatform.isolation.watch import Watch

_QUIET_LOOKS = 4
_LOOK_SECONDS = 0.25


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

    async def fresh(self) -> str:
        """The cookies for the next attempt."""
        if self.renew is not None:
            self.cookie = await self.renew()
        return self.cookie


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
        """A client without cookies of its own."""
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}", timeout=30, follow_redirects=False
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

    def judge(self, where: str, attack: str, caller: Caller, answer: str, sent: str = "") -> None:
        """Count one attempt and look at what it gave and what it changed.

        What the attacker sent himself may come back.
        """
        self.attempts += 1
        if not caller.may_read:
            for place in self.secrets_in(answer, sent):
                self.found(where, f"{caller.name}: {attack}", f"answered with {place}")
        for change in self.watch.changes().beyond(allowed_places(where)):
            self.found(where, f"{caller.name}: {attack}", change)

    def secrets_in(self, answer: str, sent: str = "") -> list[str]:
        """Where the secrets lie that a text contains."""
        return sorted(
            {p for text, p in self.secrets.items() if text in answer and text not in sent}
        )
