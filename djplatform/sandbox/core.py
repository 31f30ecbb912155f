"""What every simulator gets: configuration, store, clock, and ids in a vendor's manner."""

import asyncio
import secrets
import string
from dataclasses import dataclass, field

import httpx

from djplatform.core import clock
from djplatform.sandbox.config import SandboxConfig
from djplatform.sandbox.store import Store

_ALPHABET = string.ascii_letters + string.digits


@dataclass(slots=True)
class Sandbox:
    """The running sandbox."""

    config: SandboxConfig
    store: Store
    webhooks: httpx.AsyncClient
    """What delivers webhooks; tests put their own receiver here."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something to deliver."""


def seconds() -> float:
    """The business clock as seconds since 1970; tests move it."""
    return clock.now().timestamp()


def whole_seconds() -> int:
    """The business clock as Stripe's v1 API writes it."""
    return int(seconds())


def rfc3339() -> str:
    """The business clock as Stripe's v2 API writes it."""
    return clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def token(prefix: str, length: int = 24) -> str:
    """A new id with a vendor's prefix; cannot be guessed."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))
