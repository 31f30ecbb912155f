"""Secrets: passwords as slow hashes, tokens as fast ones."""

import asyncio
import hashlib
import secrets
from functools import cache
from weakref import WeakKeyDictionary

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from djplatform.core.db.uow import forbid_in_unit

# A hash takes 64 MB and 0.13 s (argon2-cffi's defaults, RFC 9106): two at once are enough, a
# storm of log-ins must not take the machine's memory.
_AT_ONCE = 2
_hasher = PasswordHasher()
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


async def hash_password(password: str) -> str:
    """The slow hash of a password.

    Raises:
        VendorCallInsideUnit: a transaction is open, and would stay open while others wait.
    """
    forbid_in_unit("hash_password")
    async with _gate():
        return await asyncio.to_thread(_hasher.hash, password)


async def password_matches(password: str, known_hash: str | None) -> bool:
    """Whether a password belongs to a hash.

    Without a hash the same work is done in vain, so that the time of the answer does not tell
    which accounts exist.

    Raises:
        VendorCallInsideUnit: a transaction is open, and would stay open while others wait.
    """
    forbid_in_unit("password_matches")
    async with _gate():
        return await asyncio.to_thread(_verify, known_hash, password)


def new_secret() -> str:
    """A token of 256 random bits that fits into a cookie and an address."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """What is kept of a token. It is random enough that a fast hash suffices."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _verify(known_hash: str | None, password: str) -> bool:
    try:
        matches = _hasher.verify(known_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return matches and known_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex())


def _gate() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates[loop] = asyncio.Semaphore(_AT_ONCE)
    return _gates[loop]
