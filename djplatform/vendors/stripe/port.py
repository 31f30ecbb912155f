"""What the product asks of Stripe, in its own words. No name of the SDK crosses this line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from djplatform.core.money import Money

API_VERSION = "2026-05-27.dahlia"
"""The version of the contract that we are tested against, not the SDK's newest."""


class Capability(StrEnum):
    """State of a capability of a connected account; `ABSENT` when it was never requested."""

    ACTIVE = "active"
    PENDING = "pending"
    RESTRICTED = "restricted"
    UNSUPPORTED = "unsupported"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """A connected account as it is now. Read it again after every event; never trust the event."""

    account_id: str
    transfers: Capability
    """`recipient.stripe_balance.stripe_transfers`: destination charges work."""
    card_payments: Capability
    """`merchant.card_payments`: needed too where a charge is made on behalf of the account."""
    payouts: Capability
    requirements_due: tuple[str, ...] = ()
    """What Stripe waits for from the person, currently or past due, in Stripe's words."""
    past_due: bool = False
    closed: bool = False

    @property
    def ready(self) -> bool:
        """Whether tips can be taken for this account."""
        return not self.closed and self.transfers is Capability.ACTIVE


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A single-use bearer link to hosted onboarding: redirect to it; never store or mail it."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class CheckoutLook:
    """How the hosted page looks: the brand's name and colours."""

    display_name: str
    button_color: str = ""
    """`#rrggbb`, or empty for the account's own setting."""
    background_color: str = ""
    border_style: str = "rounded"
    logo_url: str = ""
    """Public https address; empty for none."""


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """One thing to pay by a destination charge: the payee gets `amount - application_fee`."""

    amount: Money
    application_fee: Money
    title: str
    destination: str
    """Connected account that gets the money."""
    destination_country: str
    payee_name: str
    """Stands on the payer's card statement behind the brand's prefix."""
    reference: str
    """Our own payment id; Stripe's dashboard shows it."""
    success_url: str
    cancel_url: str
    expires_at: datetime
    """30 minutes to 24 hours ahead (Stripe's limits)."""
    look: CheckoutLook
    metadata: Mapping[str, str]
    """Our ids; Stripe keeps them on the payment and on its charge, and every event brings them."""


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """A hosted checkout. Paid means `payment_status == "paid"`, not `status == "complete"`."""

    session_id: str
    status: str
    """open, complete or expired."""
    payment_status: str
    """unpaid, paid or no_payment_required."""
    url: str
    """Where to send the payer; empty once it is no longer open."""
    payment_intent_id: str
    """Empty until the payer has confirmed."""
    amount: Money


@dataclass(frozen=True, slots=True)
class BalanceTransaction:
    """A movement of the platform's Stripe balance, as Stripe booked it."""

    transaction_id: str
    fee: Money
    """Stripe's own fee, in the currency in which it settled."""


@dataclass(frozen=True, slots=True)
class ChargeDetail:
    """A charge as it is now, with what is null at first and what may be taken back later."""

    charge_id: str
    payment_intent_id: str
    metadata: Mapping[str, str]
    amount: Money
    paid: bool
    refunded: Money
    """What went back to the payer; a refund that failed is left out again."""
    disputed: bool
    """Whether the payer's bank ever wanted the money back; stays true when it is over."""
    balance: BalanceTransaction | None
    """Null until Stripe has settled the charge."""
    transferred: Money | None
    reversed: Money | None
    """What of the transfer came back from the connected account."""
    fee_asked: Money | None
    """The application fee that we asked for; None when we asked for none."""
    application_fee: Money | None
    fee_refunded: Money | None
    """What of the application fee went back to the connected account."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a dispute has moved so far; nothing while Stripe only inquires."""

    dispute_id: str
    taken: Money
    """What the payer's bank took and has not given back."""
    cost: Money
    """What Stripe charged for it and has not given back."""


@dataclass(frozen=True, slots=True)
class SnapshotEvent:
    """A verified event that carries its object as it was; the object is data, read it again."""

    event_id: str
    type: str
    livemode: bool
    created: datetime
    api_version: str
    """The version whose shape the object has; an endpoint of Stripe's may be set to another."""
    account: str
    """Connected account that it happened on; empty for the brand's own."""
    object: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ThinEvent:
    """A verified notification that only names what changed."""

    event_id: str
    type: str
    livemode: bool
    created: datetime
    related_id: str
    """For account events the connected account's id."""
    related_type: str


class StripePort(Protocol):
    """One brand's Stripe account.

    Every call may raise `VendorUnavailable` (try again, with the same idempotency key) or
    `VendorRefused` (it never will succeed), and refuses to run inside an open unit of work.
    """

    async def create_account(
        self, *, idempotency_key: str, email: str, country: str, name: str
    ) -> AccountStatus:
        """Make a connected account (Accounts v2, Express dashboard) with transfers and cards."""
        ...

    async def account_link(
        self, account_id: str, *, idempotency_key: str, return_url: str, refresh_url: str
    ) -> AccountLink:
        """Make a link to hosted onboarding. A new key for every click: links are single use."""
        ...

    async def retrieve_account(self, account_id: str) -> AccountStatus:
        """Read how far onboarding is."""
        ...

    async def create_checkout(
        self, order: CheckoutOrder, *, idempotency_key: str
    ) -> CheckoutSession:
        """Make a hosted checkout for one destination charge."""
        ...

    async def retrieve_checkout(self, session_id: str) -> CheckoutSession:
        """Read a checkout as it is now."""
        ...

    async def expire_checkout(self, session_id: str) -> CheckoutSession:
        """Close an open checkout, so that it cannot be paid any more; a closed one is refused."""
        ...

    async def retrieve_charge(self, charge_id: str) -> ChargeDetail:
        """Read a charge with its balance transaction, transfer and application fee."""
        ...

    async def disputes_of(self, charge_id: str) -> Sequence[Dispute]:
        """Read the disputes of a charge."""
        ...

    def verify_snapshot(
        self, raw: bytes, header: str | None, secrets: Sequence[str] | None = None
    ) -> SnapshotEvent:
        """Check a webhook's signature (any of the secrets, 300 s) and read it.

        Raises:
            SignatureRefused: missing, wrong, or older or newer than 300 s.
            LivemodeMismatch: an event of the other mode.

        """
        ...

    def verify_thin(
        self, raw: bytes, header: str | None, secrets: Sequence[str] | None = None
    ) -> ThinEvent:
        """Check a thin webhook's signature and read it; raises as `verify_snapshot`."""
        ...
