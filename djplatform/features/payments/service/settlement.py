"""What the processor really moved, took and took back, booked when it says so.

Our own figures are only the expectation: transfer, application fee and cost come from the charge,
and a difference is returned as what does not agree. What is taken back later is booked as the
difference to what is booked already, so that it does not matter which event told of it, or when.
"""

from collections.abc import Awaitable, Callable, Sequence

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.errors import VendorUnavailable
from djplatform.core.money import Money
from djplatform.core.realtime import publish
from djplatform.features.ledger import service as ledger
from djplatform.features.ledger.service import Booking
from djplatform.features.payments.dto import Takings
from djplatform.features.payments.models import Payment
from djplatform.features.payments.paths import payments_channel
from djplatform.features.payments.repo import payments
from djplatform.features.payments.service.sellables import sellable
from djplatform.vendors.stripe.port import BalanceTransaction, ChargeDetail, Dispute

Book = Callable[[Tx, Booking, Money], Awaitable[None]]


class FeeStillMissing(VendorUnavailable):
    """The processor has made the transfer and not yet our fee on it. It is read again."""


def booking(payment: Payment, number: int | None = None) -> Booking:
    """What the journal needs to know of a payment."""
    return Booking(
        "payment", payment.id, payment.organization_id, payment.brand, clock.now(), number
    )


async def settle(
    tx: Tx, payment: Payment, charge: ChargeDetail, disputes: Sequence[Dispute] = ()
) -> str:
    """Book what is known of a paid payment and not booked yet; returns what does not agree.

    Raises:
        FeeStillMissing: half of the transfer is known; what is booked could not be changed.
    """
    payment.charge_id = charge.charge_id
    problems: list[str] = []
    if payment.transferred_at is None and charge.transferred is not None:
        problems.append(await _book_transfer(tx, payment, charge, charge.transferred))
    if payment.settled_at is None and charge.balance is not None:
        await _book_cost(tx, payment, charge.balance)
    problems.append(await _take_back(tx, payment, charge, disputes))
    return "; ".join(filter(None, problems))


async def _book_transfer(tx: Tx, payment: Payment, charge: ChargeDetail, transferred: Money) -> str:
    """Stripe transfers the whole and takes our fee back: the payee gets the difference."""
    expected = Money(payment.net_minor, payment.currency)
    if charge.fee_asked is not None and charge.application_fee is None:
        raise FeeStillMissing
    fee = charge.application_fee or Money(0, transferred.currency)
    foreign = {transferred.currency, fee.currency} != {payment.currency}
    # Settled in another currency: what the payee is owed was agreed in the payment's.
    net = expected if foreign else transferred - fee
    payment.transferred_at = clock.now()
    await ledger.book_transfer(tx, booking(payment), net)
    if foreign:
        return f"transferred in {transferred.currency}, booked in {payment.currency} as agreed"
    if net != expected:
        return f"the payee got {net.format()} instead of {expected.format()}"
    return ""


async def _book_cost(tx: Tx, payment: Payment, balance: BalanceTransaction) -> None:
    payment.balance_transaction_id = balance.transaction_id
    payment.processor_cost_minor = balance.fee.minor
    payment.processor_cost_currency = balance.fee.currency
    payment.settled_at = clock.now()
    await ledger.book_processor_cost(tx, booking(payment), balance.fee)


async def _take_back(
    tx: Tx, payment: Payment, charge: ChargeDetail, disputes: Sequence[Dispute]
) -> str:
    """Bring the journal, and what was sold, to what refunds and disputes have moved by now."""
    others = _currencies(charge, disputes) - {payment.currency}
    if others:
        return f"taken back in {', '.join(sorted(others))}: book it by hand"
    before = payments.view_of(payment).left
    nothing = Money(0, payment.currency)
    reversed_, fee = charge.reversed or nothing, charge.fee_refunded or nothing
    await _follow(tx, payment, "refunded_minor", charge.refunded, ledger.book_refund)
    await _follow(tx, payment, "reversed_minor", reversed_, ledger.book_reversal)
    await _follow(tx, payment, "fee_refunded_minor", fee, ledger.book_fee_refund)
    await _follow_disputes(tx, payment, disputes)
    await tx.flush()
    await _tell(tx, payment, before)
    return ""


def _currencies(charge: ChargeDetail, disputes: Sequence[Dispute]) -> set[str]:
    """In which anything was taken back."""
    moved = [charge.refunded, charge.reversed, charge.fee_refunded]
    moved += [amount for one in disputes for amount in (one.taken, one.cost)]
    return {amount.currency for amount in moved if amount and amount.minor}


async def _tell(tx: Tx, payment: Payment, before: Takings) -> None:
    """What the payment leaves has changed: for who sold it, and on the payee's screens."""
    view = payments.view_of(payment)
    if view.left != before:
        await sellable(payment.kind).on_refunded(tx, view, _less(before, view.left))
        channel = payments_channel(view.organization_id)
        await publish(tx, channel, "payment.refunded", view.row())


def _less(before: Takings, after: Takings) -> Takings:
    return Takings(before.gross - after.gross, before.fee - after.fee, before.net - after.net)


def _next(payment: Payment) -> Booking:
    payment.corrections += 1
    return booking(payment, payment.corrections)


async def _follow(tx: Tx, payment: Payment, counter: str, amount: Money, book: Book) -> None:
    """Book what a counter of the payment lacks of an amount; negative when it is too much."""
    change = amount.minor - getattr(payment, counter)
    if change:
        setattr(payment, counter, amount.minor)
        await book(tx, _next(payment), Money(change, payment.currency))


async def _follow_disputes(tx: Tx, payment: Payment, disputes: Sequence[Dispute]) -> None:
    taken = sum(one.taken.minor for one in disputes)
    cost = sum(one.cost.minor for one in disputes)
    change = Money(taken - payment.disputed_minor, payment.currency)
    price = Money(cost - payment.dispute_cost_minor, payment.currency)
    if change.minor or price.minor:
        payment.disputed_minor, payment.dispute_cost_minor = taken, cost
        await ledger.book_dispute(tx, _next(payment), change, price)
