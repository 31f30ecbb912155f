"""Addresses and channels of the crowd feature."""

from uuid import UUID

SCRIPT = "/js/tip-1.js"
"""The one script of the documents: a help, never a need."""


def tip_page(slug: str) -> str:
    """The page where fans tip a DJ."""
    return f"/t/{slug}"


def tip_status(slug: str, payment_id: UUID | str) -> str:
    """The page that a fan comes back to."""
    return f"/t/{slug}/tips/{payment_id}"


def tip_again(slug: str, payment_id: UUID | str) -> str:
    """The form as the fan left it before the checkout."""
    return f"/t/{slug}?again={payment_id}"


def tip_quote(slug: str) -> str:
    """What becomes of an amount while it is typed."""
    return f"/t/{slug}/quote"


def qr_page(slug: str) -> str:
    """The sheet to print."""
    return f"/t/{slug}/qr"


def qr_image(slug: str) -> str:
    """The code alone."""
    return f"/t/{slug}/qr.svg"


def tips_channel(organization_id: UUID | str) -> str:
    """Every paid tip of an organization, whatever night it was; for its members."""
    return f"tips:{organization_id}"


def booth_channel(event_id: UUID | str) -> str:
    """What happens at one night; for the members of its organization."""
    return f"booth:{event_id}"


def tip_channel(organization_id: UUID, tip_id: UUID) -> str:
    """What becomes of one tip; for the device that gives it."""
    return f"tip:{organization_id.hex}_{tip_id.hex}"


TIP_CHANGED = "tip"
"""What the fan's page listens to on that channel."""
