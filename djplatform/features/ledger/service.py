"""The ledger's public face: book what happened to money, and read balances.

Only a job may book (the database lets no other role in), and what is booked stays: a correction
is a new entry.
"""

from uuid import UUID

from djplatform.core.db import Tx
from djplatform.core.ids import new_id
from djplatform.core.money import Money
from djplatform.features.ledger import repo, rules
from djplatform.features.ledger.dto import AccountTotal
from djplatform.features.ledger.rules import PLATFORM, AccountKind, Booking, Entry

__all__ = [
    "PLATFORM",
    "AccountKind",
    "Booking",
    "book_capture",
    "book_dispute",
    "book_fee_refund",
    "book_processor_cost",
    "book_refund",
    "book_reversal",
    "book_transfer",
    "totals",
]


async def book_capture(tx: Tx, booking: Booking, total: Money, fee: Money) -> None:
    """Book a captured charge of `total` with the application fee `fee`.

    Raises:
        sqlalchemy.exc.IntegrityError: this capture is booked already.
    """
    await _post(tx, rules.capture(booking, total, fee))


async def book_transfer(tx: Tx, booking: Booking, net: Money) -> None:
    """Book that the payee's share went to the connected account; raises as `book_capture`."""
    await _post(tx, rules.destination_transfer(booking, net))


async def book_processor_cost(tx: Tx, booking: Booking, cost: Money) -> None:
    """Book what the processor took; raises as `book_capture`."""
    await _post(tx, rules.processor_cost(booking, cost))


async def book_refund(tx: Tx, booking: Booking, amount: Money) -> None:
    """Book what went back to the payer; negative when it came back. Raises as `book_capture`."""
    await _post(tx, rules.refund(booking, amount))


async def book_fee_refund(tx: Tx, booking: Booking, fee: Money) -> None:
    """Book what of our fee went back to the payee; raises as `book_capture`."""
    await _post(tx, rules.fee_refund(booking, fee))
    await _post(tx, rules.fee_transfer(booking, fee))


async def book_reversal(tx: Tx, booking: Booking, amount: Money) -> None:
    """Book what came back from the connected account; raises as `book_capture`."""
    await _post(tx, rules.transfer_reversal(booking, amount))


async def book_dispute(tx: Tx, booking: Booking, amount: Money, cost: Money) -> None:
    """Book what the payer's bank took and what that cost; raises as `book_capture`.

    Both are negative as far as Stripe gives them back after a win.
    """
    await _post(tx, rules.dispute(booking, amount, cost))


async def totals(tx: Tx, organization_id: UUID) -> tuple[AccountTotal, ...]:
    """Balances of an organization's accounts, as far as the transaction's scope may see them."""
    found = await repo.totals(tx, organization_id)
    return tuple(
        AccountTotal(kind, brand, Money(balance, currency))
        for kind, brand, currency, balance in found
    )


async def _post(tx: Tx, entry: Entry) -> None:
    """Post an entry; one that moves nothing (a free of charge plan's share) is no entry."""
    if not entry.lines:
        return
    lines = [
        {
            "organization_id": line.organization_id,
            "account": line.account.value,
            "currency": line.amount.currency,
            "amount_minor": line.amount.minor,
        }
        # In one order everywhere, so that two first entries of an account cannot deadlock.
        for line in sorted(entry.lines, key=lambda line: (line.organization_id, line.account))
    ]
    await repo.post(
        tx,
        {
            "id": new_id(),
            "source_kind": entry.source_kind,
            "source_id": entry.source_id,
            "transition": entry.transition,
            "brand": entry.brand,
            "occurred_at": entry.occurred_at.isoformat(),
            "lines": lines,
        },
    )
