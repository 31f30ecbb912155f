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


def _entry(booking: Booking, transition: str, *lines: Line) -> Entry:
    # A line of zero says nothing (a free plan has no fee), and the table refuses it.
    moving = tuple(line for line in lines if line.amount.minor)
    return Entry(
        booking.source_kind,
        booking.source_id,
        transition,
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
