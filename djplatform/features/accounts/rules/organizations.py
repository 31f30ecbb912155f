"""Names of organizations, and which one a person works in."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG = 50
# Words that would read like a page of ours.
_PAGES = """
    admin api app assets billing booth dashboard help legal login logout platform privacy root
    settings signup static support system terms verify www
"""
_RESERVED = frozenset(_PAGES.split())


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One of a person's memberships."""

    organization_id: UUID
    product: str | None


def slug_base(name: str) -> str:
    """The address that a name asks for: ASCII letters, digits and hyphens.

    Letters that no ASCII letter stands for (other scripts, emoji) leave "dj".
    """
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").casefold())
    ascii_only = plain.encode("ascii", "ignore").decode()
    slug = _NOT_PLAIN.sub("-", ascii_only).strip("-")[:_LONGEST_SLUG].strip("-")
    if len(slug) < 2:
        return f"dj-{slug}" if slug else "dj"
    return f"dj-{slug}" if slug in _RESERVED else slug


def chosen_at_log_in(held: Sequence[HeldRole], product: str | None) -> UUID | None:
    """The organization a session begins with: the only one, or the only one of the product.

    None when the person has to choose: it is never simply the first.
    """
    if len(held) == 1:
        return held[0].organization_id
    of_product = [one for one in held if one.product == product]
    return of_product[0].organization_id if len(of_product) == 1 else None


def next_path(asked: str) -> str:
    """Where to go after logging in, if it is a path of this very site; else empty.

    Browsers read a backslash as a slash and drop tabs and line breaks, so a slash
    followed by one of those would leave the site.
    """
    if not asked.startswith("/") or asked.startswith("//") or "\\" in asked:
        return ""
    if any(ord(character) < 33 or ord(character) == 127 for character in asked):
        return ""
    parts = urlsplit(asked)
    if parts.scheme or parts.netloc or parts.path in {"/login", "/logout", "/signup", "/reset"}:
        return ""
    return asked
