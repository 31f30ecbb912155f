"""How often something may be tried: by account, device and address.

An address is wide where crowds are (a venue of 2,000 guests has one) and tight only for what
guesses passwords or makes accounts. Counters live in this process.
"""

import math
import time
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from djplatform.core.actor import Actor
from djplatform.core.errors import TooManyAttempts
from djplatform.settings import Settings, settings

_Rate = Callable[[Settings], str]


class Limits:
    """The counters of one process."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = SlidingWindowCounterRateLimiter(self._storage)

    async def log_in(self, account: str, address: str) -> None:
        """Count an attempt to log in, before the password is looked at.

        Raises:
            TooManyAttempts: for the account (however many addresses try it) or for the address.
        """
        name = account.strip().casefold()
        # The address first: what the account's limit refuses was an attempt of the address too.
        await self._hit("login-address", lambda s: s.limit_login_address, address)
        await self._hit("login-account", lambda s: s.limit_login_account, name)

    async def logged_in(self, account: str) -> None:
        """Forget an account's failed attempts: it was its owner after all."""
        item = _item(settings().limit_login_account)
        await self._limiter.clear(item, "login-account", account.strip().casefold())

    async def sign_up(self, address: str) -> None:
        """Count a sign-up, a reset mail, or whatever else writes to an address it was given.

        Raises:
            TooManyAttempts: too many from this address.
        """
        await self._hit("signup", lambda s: s.limit_signup_address, address)

    async def public_form(self, device_id: UUID | None, address: str) -> None:
        """Count a form of somebody without an account: a tip, a request, a booking enquiry.

        Raises:
            TooManyAttempts: for the device, or far beyond a full venue for the address.
        """
        if device_id is not None:
            await self._hit("form-device", lambda s: s.limit_form_device, str(device_id))
        await self._hit("form-address", lambda s: s.limit_form_address, address)

    async def api(self, actor: Actor, address: str) -> None:
        """Count an API call.

        Raises:
            TooManyAttempts: for the person, else the device, else the address.
        """
        await self._hit("api", lambda s: s.limit_api, _who(actor, address))

    async def token_try(self, address: str) -> None:
        """Let an address show an API token, unless too many of its tokens were refused.

        Raises:
            TooManyAttempts: they were; nothing needs to be looked up.
        """
        item = _item(settings().limit_rest_refused)
        if not await self._limiter.test(item, "rest-refused", address):
            raise await self._too_many(item, "rest-refused", address)

    async def token_refused(self, address: str) -> None:
        """Count a token that does not count.

        Raises:
            TooManyAttempts: too many from this address.
        """
        await self._hit("rest-refused", lambda s: s.limit_rest_refused, address)

    async def token_call(self, token_id: UUID) -> None:
        """Count a call with an API token.

        Raises:
            TooManyAttempts: for this token.
        """
        await self._hit("rest", lambda s: s.limit_rest, str(token_id))

    async def upload(self, actor: Actor, address: str) -> None:
        """Count an upload.

        Raises:
            TooManyAttempts: for the person, else the device, else the address.
        """
        await self._hit("upload", lambda s: s.limit_upload, _who(actor, address))

    async def handshake(self, address: str) -> None:
        """Count the opening of a console's socket, which makes a state on the server.

        Raises:
            TooManyAttempts: too many from this address.
        """
        await self._hit("handshake", lambda s: s.limit_handshakes_address, address)

    async def reset(self) -> None:
        """Forget everything."""
        await self._storage.reset()

    async def _hit(self, name: str, rate: _Rate, who: str) -> None:
        item = _item(rate(settings()))
        if not await self._limiter.hit(item, name, who):
            raise await self._too_many(item, name, who)

    async def _too_many(self, item: RateLimitItem, name: str, who: str) -> TooManyAttempts:
        stats = await self._limiter.get_window_stats(item, name, who)
        return TooManyAttempts(max(1, math.ceil(stats.reset_time - time.time())))


limits = Limits()
"""The counters that the web process uses."""


def _who(actor: Actor, address: str) -> str:
    return str(actor.user_id or actor.device_id or address)


@lru_cache(maxsize=64)
def _item(rate: str) -> RateLimitItem:
    return parse(rate)
