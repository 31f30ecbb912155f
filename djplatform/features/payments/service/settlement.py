"""What the processor really moved and took, booked when it says so.

Our own figures are only the expectation: transfer, application fee and cost come from the charge,
and a difference raises an alarm on the payment.
"""

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.money import Money
from djplatform.features.ledger.service import Booking, book_processor_cost, book_transfer
from djplatform.features.payments.models import Payment
from djplatform.features.payments.repo import inbox
from djplatform.vendors.stripe.port import BalanceTransaction, ChargeDetail


def booking(payment: Payment) -> Booking:
    """What the journal needs to know of a payment."""
    return Booking("payment", payment.id, payment.organization_id, payment.brand, clock.now())


async def settle(tx: Tx, payment: Payment, charge: ChargeDetail) -> None:
    """Book the transfer and the processor's cost of a paid payment, each once."""
    if payment.charge_id is None:
        payment.charge_id = charge.charge_id
        await inbox.add_reference(tx, payment.brand, charge.charge_id, payment.organization_id)
    if payment.transferred_at is None and charge.transferred is not None:
        await _book_transfer(tx, payment, charge.transferred, charge.application_fee)
    if payment.settled_at is None and charge.balance is not None:
        await _book_cost(tx, payment, charge.balance)


async def _book_transfer(
    tx: Tx, payment: Payment, transferred: Money, application_fee: Money | None
) -> None:
    """Stripe transfers the whole and takes our fee back: the payee gets the difference."""
    expected = Money(payment.net_minor, payment.currency)
    fee = application_fee or Money(0, transferred.currency)
    if transferred.currency != payment.currency or fee.currency != transferred.currency:
        # Settled in another currency: what the payee is owed was agreed in the payment's.
        net = expected
    else:
        net = transferred - fee
    if net != expected:
        payment.alarm = f"the payee got {net.format()} instead of {expected.format()}"
    payment.transferred_at = clock.now()
    await book_transfer(tx, booking(payment), net)


async def _book_cost(tx: Tx, payment: Payment, balance: BalanceTransaction) -> None:
    payment.balance_transaction_id = balance.transaction_id
    payment.processor_cost_minor = balance.fee.minor
    payment.processor_cost_currency = balance.fee.currency
    payment.settled_at = clock.now()
    await book_processor_cost(tx, booking(payment), balance.fee)
