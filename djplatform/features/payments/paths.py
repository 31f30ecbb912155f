"""Addresses and channels of payments."""

from uuid import UUID

CONNECT = "/payments/connect"
"""A form posts here, and the person goes on to the processor's hosted onboarding."""
CONNECT_REFRESH = "/payments/connect/refresh"
CONNECT_RETURN = "/payments/connect/return"
HEALTH = "/healthz/events"
"""For who watches: whether the processor's events are handled."""


def payments_channel(organization_id: UUID | str) -> str:
    """Every paid payment of an organization; for its members who may read payments."""
    return f"payments:{organization_id}"


def account_channel(organization_id: UUID | str) -> str:
    """The state of an organization's account at the processor; for its members."""
    return f"account:{organization_id}"
