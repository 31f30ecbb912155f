"""Addresses of the screens."""

from uuid import UUID

FAN_PAGE = "/page"
EARNINGS = "/earnings"
PLATFORM_EARNINGS = "/admin/earnings"


def booth(event_id: UUID | str) -> str:
    """The booth of one night."""
    return f"/booth/{event_id}"
