"""Values that leave us and come back: signed, so that only what we gave out counts."""

import hashlib
import hmac

from djplatform.settings import settings


def sign(purpose: str, value: str) -> str:
    """The value with its seal. A seal of one purpose is worth nothing for another.

    Raises:
        RuntimeError: the installation has no signing key.
    """
    return f"{value}.{seal(purpose, value)}"


def unsign(purpose: str, signed: str) -> str | None:
    """The value of a text that `sign` made for this purpose, or None."""
    value, _, given = signed.rpartition(".")
    # Compared as bytes: text that is not ASCII would raise.
    good = hmac.compare_digest(given.encode(errors="replace"), seal(purpose, value).encode())
    return value if good else None


def seal(purpose: str, value: str) -> str:
    """Keyed hash of a value for a purpose, hex; nobody without the key can guess it."""
    key = settings().signing_key.get_secret_value()
    if not key:
        raise RuntimeError("DJP_SIGNING_KEY is not set; `djplatform up` generates one")
    message = f"{purpose}:{value}".encode(errors="replace")
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()
