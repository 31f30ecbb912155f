"""What the processor really moved, took and took back, booked when it says so.

Our own figures are only the expectation: transfer, application fee and cost come from the charge,
and a difference is returned as what does not agree. What is taken back later is booked as the
difference to what is booked already, so that it does not matter which event told of it, or when.
"""

from collections.abc import Sequence

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
    """Bring the journal to what refunds and disputes have moved by now."""
    before = payments.view_of(payment)
    nothing = Money(0, payment.currency)
    moved = [
        charge.refunded,
        charge.reversed or nothing,
        charge.fee_refunded or nothing,
        *(amount for one in disputes for amount in (one.taken, one.cost)),
    ]
    others = {amount.currency for amount in moved if amount.minor} - {payment.currency}
    if others:
        return f"taken back in {', '.join(sorted(others))}: book it by hand"
    await _refunded(tx, payment, charge.refunded)
    await _reversed(tx, payment, charge.reversed or nothing)
    await _fee_refunded(tx, payment, charge.fee_refunded or nothing)
    await _disputed(tx, payment, disputes)
    await tx.flush()
    after = payments.view_of(payment)
    if after.left != before.left:
        taken = _less(before.left, after.left)
        await sellable(payment.kind).on_refunded(tx, after, taken)
        channel = payments_channel(after.organization_id)
        await publish(tx, channel, "payment.refunded", after.row())
    return ""


def _less(before: Takings, after: Takings) -> Takings:
    return Takings(before.gross - after.gross, before.fee - after.fee, before.net - after.net)


def _next(payment: Payment) -> Booking:
    payment.corrections += 1
    return booking(payment, payment.corrections)


async def _refunded(tx: Tx, payment: Payment, amount: Money) -> None:
    change = amount.minor - payment.refunded_minor
    if change:
        payment.refunded_minor = amount.minor
        await ledger.book_refund(tx, _next(payment), Money(change, payment.currency))


async def _reversed(tx: Tx, payment: Payment, amount: Money) -> None:
    change = amount.minor - payment.reversed_minor
    if change:
        payment.reversed_minor = amount.minor
        await ledger.book_reversal(tx, _next(payment), Money(change, payment.currency))


async def _fee_refunded(tx: Tx, payment: Payment, amount: Money) -> None:
    change = amount.minor - payment.fee_refunded_minor
    if change:
        payment.fee_refunded_minor = amount.minor
        await ledger.book_fee_refund(tx, _next(payment), Money(change, payment.currency))


async def _disputed(tx: Tx, payment: Payment, disputes: Sequence[Dispute]) -> None:
    taken = sum(one.taken.minor for one in disputes)
    cost = sum(one.cost.minor for one in disputes)
    change = Money(taken - payment.disputed_minor, payment.currency)
    price = Money(cost - payment.dispute_cost_minor, payment.currency)
    if change.minor or price.minor:
        payment.disputed_minor, payment.dispute_cost_minor = taken, cost
        await ledger.book_dispute(tx, _next(payment), change, price)
