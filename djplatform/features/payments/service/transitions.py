"""How a payment moves on: by what an event says, or by what was read in place of a late one.

Each function runs in the payee's system scope, under a lock on the payment, and returns what does
not agree with the processor: then nothing is given for the payment until a person has looked.
"""

from collections.abc import Mapping
from typing import Any

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.i18n import t
from djplatform.core.money import Money, UnsupportedCurrency
from djplatform.core.realtime import publish
from djplatform.features.accounts.service import fix_currency
from djplatform.features.ledger.service import book_capture
from djplatform.features.payments.models import Payment
from djplatform.features.payments.paths import payments_channel
from djplatform.features.payments.repo import payments
from djplatform.features.payments.rules import PaymentStatus, may_become
from djplatform.features.payments.service.sellables import sellable
from djplatform.features.payments.service.settlement import booking
from djplatform.vendors.stripe.port import ChargeDetail, CheckoutSession

Json = Mapping[str, Any]


def raise_alarm(payment: Payment, problem: str) -> None:
    """Mark a payment at which a person must look; the first problem stays."""
    payment.alarm = payment.alarm or problem


async def session_completed(tx: Tx, payment: Payment, session: Json) -> str:
    """The payer is done with the hosted page, and by most methods it is paid."""
    _note_intent(payment, session.get("payment_intent"))
    if session["payment_status"] == "paid":
        return await _paid(tx, payment, session["amount_total"], session["currency"])
    # A slow method (bank debit, voucher): the money is not here.
    await _become(tx, payment, PaymentStatus.PENDING)
    return ""


async def session_paid_later(tx: Tx, payment: Payment, session: Json) -> str:
    """The money of a slow method has come."""
    _note_intent(payment, session.get("payment_intent"))
    return await _paid(tx, payment, session["amount_total"], session["currency"])


async def session_failed(tx: Tx, payment: Payment, session: Json) -> str:
    """The money of a slow method will not come."""
    if _is_current(payment, session):
        await _become(tx, payment, PaymentStatus.FAILED)
    return ""


async def session_expired(tx: Tx, payment: Payment, session: Json) -> str:
    """Nobody paid in time, or the checkout was closed."""
    if _is_current(payment, session):
        await _become(tx, payment, PaymentStatus.EXPIRED)
    return ""


def _is_current(payment: Payment, session: Json) -> bool:
    """Whether it is the checkout that the payer was sent to; an earlier one may have got lost."""
    return payment.checkout_id in (None, session["id"])


async def intent_succeeded(tx: Tx, payment: Payment, intent: Json) -> str:
    """The charge went through."""
    _note_intent(payment, intent["id"])
    problem = await _paid(tx, payment, intent["amount_received"], intent["currency"])
    fee = intent.get("application_fee_amount", payment.fee_minor) or 0
    if not problem and fee != payment.fee_minor:
        # The payer gave what was agreed; who gets it is for a person to put right.
        return "the processor has another application fee than the payment"
    return problem


async def intent_refused(tx: Tx, payment: Payment, intent: Json) -> str:
    """A card was refused. The checkout stays open for another one, so this is not the end."""
    if payment.status == PaymentStatus.CREATED:
        error = intent.get("last_payment_error") or {}
        payment.failure = error.get("message") or t("The card was refused. Nothing was charged.")
    return ""


async def charge_paid(tx: Tx, payment: Payment, charge: ChargeDetail) -> str:
    """The charge itself tells that it is paid, perhaps before any other event."""
    _note_intent(payment, charge.payment_intent_id)
    return await _paid(tx, payment, charge.amount.minor, charge.amount.currency)


async def checkout_seen(tx: Tx, payment: Payment, session: CheckoutSession) -> str:
    """Apply a checkout as it was read, in place of an event that is late."""
    seen = {
        "id": session.session_id,
        "payment_status": session.payment_status,
        "payment_intent": session.payment_intent_id,
        "amount_total": session.amount.minor,
        "currency": session.amount.currency,
    }
    match session.status:
        case "expired":
            return await session_expired(tx, payment, seen)
        case "complete":
            return await session_completed(tx, payment, seen)
        case _:
            return ""


async def nobody_came(tx: Tx, payment: Payment) -> None:
    """Its time is over, and no checkout was ever opened for it."""
    await _become(tx, payment, PaymentStatus.EXPIRED)


def _note_intent(payment: Payment, intent_id: str | None) -> None:
    if intent_id and payment.payment_intent_id is None:
        payment.payment_intent_id = intent_id


async def _paid(tx: Tx, payment: Payment, minor: int, currency: str) -> str:
    """Mark a payment as paid, unless the processor took another amount than was agreed."""
    if (minor, currency.upper()) != (payment.total_minor, payment.currency):
        agreed = Money(payment.total_minor, payment.currency)
        return f"paid {_said(minor, currency.upper())} instead of {agreed.format()}"
    await _become(tx, payment, PaymentStatus.PAID)
    return ""


def _said(minor: int, currency: str) -> str:
    try:
        return Money(minor, currency).format()
    except UnsupportedCurrency:
        return f"{minor} minor units of {currency}"


async def _become(tx: Tx, payment: Payment, status: PaymentStatus) -> None:
    """Move a payment on, with everything that belongs to the change, unless it is too late."""
    if not may_become(PaymentStatus(payment.status), status):
        return
    payment.status = status.value
    now = clock.now()
    match status:
        case PaymentStatus.PENDING:
            payment.pending_at = now
        case PaymentStatus.PAID:
            payment.paid_at, payment.failure = now, ""
        case PaymentStatus.FAILED:
            nothing = t("The payment did not go through. Nothing was charged.")
            payment.closed_at, payment.failure = now, payment.failure or nothing
        case _:
            payment.closed_at = now
    await tx.flush()
    await _consequences(tx, payment, status)


async def _consequences(tx: Tx, payment: Payment, status: PaymentStatus) -> None:
    view = payments.view_of(payment)
    sold = sellable(payment.kind)
    match status:
        case PaymentStatus.PENDING:
            await sold.on_pending(tx, view)
        case PaymentStatus.PAID:
            await book_capture(tx, booking(payment), view.total, view.fee)
            await fix_currency(tx)
            await sold.on_paid(tx, view)
            await publish(tx, payments_channel(view.organization_id), "payment.paid", view.row())
        case _:
            await sold.on_closed(tx, view)
