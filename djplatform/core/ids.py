"""Identifiers: UUIDv7, made in Python, ordered by time."""

from uuid import UUID

from uuid_utils.compat import uuid7

PLATFORM_ORGANIZATION = UUID("00000000-0000-7000-8000-000000000001")
"""The platform is an organization too; the first revision makes it."""


def new_id() -> UUID:
    """A new identifier; later ones sort after earlier ones."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """The identifier in a text that a client sent, or None when it is none."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
