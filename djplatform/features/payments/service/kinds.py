"""Which kinds of events the processor sends, and what each of them is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from djplatform.core.ids import parse_id

UNHANDLED = "nothing here handles this kind of event"
"""Stands as the problem of such an event: the processor's endpoint asks for more than we read."""

CHARGE_OF = {
    "charge.updated": "id",
    "charge.refunded": "id",
    "charge.refund.updated": "charge",
    "refund.created": "charge",
    "refund.updated": "charge",
    "refund.failed": "charge",
    "application_fee.refunded": "charge",
    "transfer.reversed": "source_transaction",
    "charge.dispute.created": "charge",
    "charge.dispute.updated": "charge",
    "charge.dispute.funds_withdrawn": "charge",
    "charge.dispute.funds_reinstated": "charge",
    "charge.dispute.closed": "charge",
}
"""Kinds of events after which a charge is read anew; in which field of the object it is named."""
# What another event of the same payment says too, or better.
_QUIET = frozenset(
    {
        "payment_intent.created",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "charge.pending",
        "charge.succeeded",
        "charge.failed",
        "transfer.created",
        "application_fee.created",
    }
)
CONNECTED_ACCOUNT = "v2.core.account"
"""Thin events of connected accounts begin with it."""


@dataclass(frozen=True, slots=True)
class Received:
    """A verified event from the inbox."""

    id: UUID
    brand: str
    type: str
    account: str
    """The connected account that it happened on; empty for the brand's own."""
    object: Mapping[str, Any]

    @property
    def quiet(self) -> bool:
        """Whether nothing is missed by not handling it."""
        return self.type in _QUIET

    @property
    def charge_id(self) -> str:
        """The charge that it is about, empty when it is about none."""
        return charge_of(self.type, self.object)

    @property
    def payment_intent_id(self) -> str:
        """The payment intent that it is about, empty when it names none."""
        is_one = self.type.startswith("payment_intent.")
        return str(self.object.get("id" if is_one else "payment_intent") or "")


def charge_of(kind: str, about: Mapping[str, Any]) -> str:
    """The charge that an event of a kind is about, by its object; empty for other kinds."""
    return str(about.get(CHARGE_OF.get(kind, "")) or "")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose payment an object is about: our own ids, which we gave the processor to keep."""

    organization_id: UUID
    payment_id: UUID


def subject_of(metadata: Mapping[str, Any] | None) -> Subject | None:
    """What our ids in an object's metadata say; None for an object that is not ours."""
    kept = metadata or {}
    organization_id = parse_id(kept.get("organization_id", ""))
    payment_id = parse_id(kept.get("payment_id", ""))
    if organization_id is None or payment_id is None:
        return None
    return Subject(organization_id, payment_id)
