"""Addresses and channels of payments."""

from uuid import UUID


def payments_channel(organization_id: UUID | str) -> str:
    """Every paid payment of an organization; for its members who may read payments."""
    return f"payments:{organization_id}"


def account_channel(organization_id: UUID | str) -> str:
    """The state of an organization's account at the processor; for its members."""
    return f"account:{organization_id}"
