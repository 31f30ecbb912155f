"""What the product asks of its mail service."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one person, in both forms."""

    sender: str
    """`Name <address>` or a bare address."""
    to: str
    subject: str
    html: str
    text: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """For the service's own statistics; ASCII letters, digits, `_` and `-` only."""


class MailPort(Protocol):
    """Sends mail. Raises `VendorUnavailable` (try again, same key) or `VendorRefused`."""

    async def send(self, mail: Mail, *, idempotency_key: str) -> str:
        """Hand one message over; returns the service's id of it. A key works for 24 hours."""
        ...
