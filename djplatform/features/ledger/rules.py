"""Which accounts an event of money moves. Pure; the database checks the sums once more."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from djplatform.core.ids import PLATFORM_ORGANIZATION as PLATFORM
from djplatform.core.money import Money


class AccountKind(StrEnum):
    """What an account counts. All but `payable` belong to the platform."""

    STRIPE = "stripe"
    """The brand's balance at Stripe: one per brand and currency, reconciled against Stripe's."""
    PAYABLE = "payable"
    """What the platform owes a payee."""
    FEES = "fees"
    """Application fees earned."""
    PROCESSOR_COST = "processor_cost"
    """What the card processor took."""
    DISPUTE_COST = "dispute_cost"
    """What the card processor took for disputes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry: a debit is positive, a credit negative."""

    organization_id: UUID
    account: AccountKind
    amount: Money


@dataclass(frozen=True, slots=True)
class Entry:
    """A balanced entry about one transition of one object; each transition is booked once."""

    source_kind: str
    source_id: UUID
    transition: str
    brand: str
    occurred_at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Booking:
    """The object that an entry is about."""

    source_kind: str
    source_id: UUID
    organization_id: UUID
    """The payee."""
    brand: str
    occurred_at: datetime
    number: int | None = None
    """For what happens to one object several times, such as refunds in parts: the how-manyth."""


def _entry(booking: Booking, transition: str, *lines: Line) -> Entry:
    # A line of zero says nothing (a free plan has no fee), and the table refuses it.
    moving = tuple(line for line in lines if line.amount.minor)
    return Entry(
        booking.source_kind,
        booking.source_id,
        transition if booking.number is None else f"{transition}-{booking.number}",
        booking.brand,
        booking.occurred_at,
        moving,
    )


def _debit(organization_id: UUID, account: AccountKind, amount: Money) -> Line:
    return Line(organization_id, account, amount)


def _credit(organization_id: UUID, account: AccountKind, amount: Money) -> Line:
    return Line(organization_id, account, -amount)


def capture(booking: Booking, total: Money, fee: Money) -> Entry:
    """A captured charge: Dr stripe A / Cr payable A−F, Cr fees F."""
    return _entry(
        booking,
        "captured",
        _debit(PLATFORM, AccountKind.STRIPE, total),
        _credit(PLATFORM, AccountKind.FEES, fee),
        _credit(booking.organization_id, AccountKind.PAYABLE, total - fee),
    )


def destination_transfer(booking: Booking, net: Money) -> Entry:
    """The payee's share on its way to the connected account: Dr payable / Cr stripe."""
    return _entry(
        booking,
        "transferred",
        _credit(PLATFORM, AccountKind.STRIPE, net),
        _debit(booking.organization_id, AccountKind.PAYABLE, net),
    )


def processor_cost(booking: Booking, cost: Money) -> Entry:
    """What the processor took, once it is known: Dr processor cost / Cr stripe."""
    return _entry(
        booking,
        "processor_cost",
        _debit(PLATFORM, AccountKind.PROCESSOR_COST, cost),
        _credit(PLATFORM, AccountKind.STRIPE, cost),
    )


# What is taken back is booked move by move, as Stripe's balance shows it. A negative amount is the
# way back: a refund that failed, a dispute that was won.


def refund(booking: Booking, amount: Money) -> Entry:
    """Back to the payer, for the payee to bear: Dr payable / Cr stripe."""
    return _entry(
        booking,
        "refunded",
        _debit(booking.organization_id, AccountKind.PAYABLE, amount),
        _credit(PLATFORM, AccountKind.STRIPE, amount),
    )


def fee_refund(booking: Booking, fee: Money) -> Entry:
    """Of our fee, the payee's again: Dr fees / Cr payable."""
    return _entry(
        booking,
        "fee_refunded",
        _debit(PLATFORM, AccountKind.FEES, fee),
        _credit(booking.organization_id, AccountKind.PAYABLE, fee),
    )


def fee_transfer(booking: Booking, fee: Money) -> Entry:
    """The same on its way to the connected account: Dr payable / Cr stripe."""
    return _entry(
        booking,
        "fee_transferred",
        _debit(booking.organization_id, AccountKind.PAYABLE, fee),
        _credit(PLATFORM, AccountKind.STRIPE, fee),
    )


def transfer_reversal(booking: Booking, amount: Money) -> Entry:
    """Back from the connected account: Dr stripe / Cr payable."""
    return _entry(
        booking,
        "transfer_reversed",
        _debit(PLATFORM, AccountKind.STRIPE, amount),
        _credit(booking.organization_id, AccountKind.PAYABLE, amount),
    )


def dispute(booking: Booking, amount: Money, cost: Money) -> Entry:
    """Taken by the payer's bank, and its price: Dr payable D, Dr dispute cost c / Cr stripe D+c."""
    return _entry(
        booking,
        "disputed",
        _debit(booking.organization_id, AccountKind.PAYABLE, amount),
        _debit(PLATFORM, AccountKind.DISPUTE_COST, cost),
        _credit(PLATFORM, AccountKind.STRIPE, amount + cost),
    )
