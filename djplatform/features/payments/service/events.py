"""What the processor tells us, made true here: once, in any order, in one transaction each.

Events are duplicated, late and out of order, and several tell of the same change. So each one is
applied to the state that the payment has (`rules.may_become`), under a lock on its row, and the
event is stamped in the same transaction: a job that dies half-way leaves nothing behind, and its
next run starts from the beginning.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.i18n import t
from djplatform.core.ids import parse_id
from djplatform.core.money import Money
from djplatform.core.realtime import publish
from djplatform.features.accounts.service import fix_currency
from djplatform.features.ledger.service import PLATFORM, book_capture
from djplatform.features.payments.models import Payment
from djplatform.features.payments.paths import payments_channel
from djplatform.features.payments.repo import inbox, payments
from djplatform.features.payments.rules import PaymentStatus, may_become
from djplatform.features.payments.service import gateway
from djplatform.features.payments.service.onboarding import defer_refresh
from djplatform.features.payments.service.sellables import sellable
from djplatform.features.payments.service.settlement import booking, settle
from djplatform.vendors.stripe.port import CheckoutSession

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Received:
    """A verified event from the inbox."""

    id: UUID
    brand: str
    type: str
    object: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose payment an event is about: our own ids, which we gave the processor to keep."""

    organization_id: UUID
    payment_id: UUID


Apply = Callable[[Tx, Payment, Mapping[str, Any]], Awaitable[None]]


async def handle_event(event_id: UUID) -> None:
    """Handle one event of the inbox; again does nothing. For jobs.

    Raises:
        VendorUnavailable: the processor must be asked and does not answer; try again later.
    """
    async with unit(Scope.system(PLATFORM)) as tx:
        row = await inbox.inbox_event(tx, event_id)
        if row is None or row.handled_at is not None:
            return
        event = Received(row.id, row.account, row.type, row.body["object"])
    if event.type.startswith("v2.core.account"):
        await _account_changed(event)
    elif event.type == "charge.updated":
        await _charge_updated(event)
    elif event.type in _APPLIED:
        await _to_payment(event, _APPLIED[event.type])
    else:
        await _stamp_only(event)


async def _stamp_only(event: Received, problem: str = "") -> None:
    if problem:
        log.error(
            "payments.event_problem", type=event.type, event_id=str(event.id), problem=problem
        )
    async with unit(Scope.system(PLATFORM)) as tx:
        await inbox.stamp(tx, event.id, problem)


def _subject(event: Received) -> Subject | None:
    metadata = event.object.get("metadata") or {}
    organization_id = parse_id(metadata.get("organization_id", ""))
    payment_id = parse_id(metadata.get("payment_id", ""))
    if organization_id is None or payment_id is None:
        return None
    return Subject(organization_id, payment_id)


async def _to_payment(event: Received, apply: Apply) -> None:
    """Apply an event to its payment and stamp it, in one transaction."""
    subject = _subject(event)
    if subject is None:
        # The brand's Stripe account may take money that is not ours to book.
        return await _stamp_only(event)
    async with unit(Scope.system(subject.organization_id)) as tx:
        if not await inbox.stamp(tx, event.id):
            return None
        payment = await payments.lock_payment(tx, subject.organization_id, subject.payment_id)
        problem = _foreign(event, payment)
        if payment is None or problem:
            await _report(tx, event, problem)
            return None
        await apply(tx, payment, event.object)
        await tx.flush()
        if payment.alarm:
            await _report(tx, event, payment.alarm)
    return None


def _foreign(event: Received, payment: Payment | None) -> str:
    if payment is None:
        return "no such payment"
    if payment.brand != event.brand:
        return f"the payment belongs to {payment.brand}, the event to {event.brand}"
    return ""


async def _report(tx: Tx, event: Received, problem: str) -> None:
    log.error("payments.event_problem", type=event.type, event_id=str(event.id), problem=problem)
    await inbox.note_problem(tx, event.id, problem)


async def _account_changed(event: Received) -> None:
    """A thin event: whatever changed, the account is fetched by a job of its organization."""
    async with unit(Scope.system(PLATFORM)) as tx:
        organization_id = await inbox.organization_of(tx, event.brand, event.object["id"])
    if organization_id is None:
        return await _stamp_only(event, "unknown connected account")
    async with unit(Scope.system(organization_id)) as tx:
        if await inbox.stamp(tx, event.id):
            await defer_refresh(tx, organization_id, event.brand)
    return None


async def _charge_updated(event: Received) -> None:
    """Cost, transfer and fee are null when a payment succeeds; now they can be read."""
    if _subject(event) is None:
        return await _stamp_only(event)
    charge = await gateway.stripe(event.brand).retrieve_charge(event.object["id"])

    async def apply(tx: Tx, payment: Payment, _: Mapping[str, Any]) -> None:
        if not charge.paid:
            return
        if await _paid(tx, payment, charge.amount):
            await settle(tx, payment, charge)

    return await _to_payment(event, apply)


async def _session_completed(tx: Tx, payment: Payment, session: Mapping[str, Any]) -> None:
    _note_intent(payment, session.get("payment_intent"))
    if session["payment_status"] == "paid":
        await _paid(tx, payment, _amount(session, "amount_total"))
    else:
        # A slow method (bank debit, voucher): the payer is done, the money is not here.
        await _become(tx, payment, PaymentStatus.PENDING)


async def _session_paid_later(tx: Tx, payment: Payment, session: Mapping[str, Any]) -> None:
    _note_intent(payment, session.get("payment_intent"))
    await _paid(tx, payment, _amount(session, "amount_total"))


async def _session_failed(tx: Tx, payment: Payment, _: Mapping[str, Any]) -> None:
    if not payment.failure:
        payment.failure = t("The payment did not go through. Nothing was charged.")
    await _become(tx, payment, PaymentStatus.FAILED)


async def _session_expired(tx: Tx, payment: Payment, _: Mapping[str, Any]) -> None:
    await _become(tx, payment, PaymentStatus.EXPIRED)


async def _intent_succeeded(tx: Tx, payment: Payment, intent: Mapping[str, Any]) -> None:
    _note_intent(payment, intent["id"])
    if intent.get("application_fee_amount", payment.fee_minor) != payment.fee_minor:
        payment.alarm = "the processor has another application fee than the payment"
    await _paid(tx, payment, _amount(intent, "amount_received"))


async def _intent_refused(tx: Tx, payment: Payment, intent: Mapping[str, Any]) -> None:
    """A card was refused. The checkout stays open for another one, so this is not the end."""
    error = intent.get("last_payment_error") or {}
    payment.failure = error.get("message") or t("The card was refused. Nothing was charged.")


_APPLIED: dict[str, Apply] = {
    "checkout.session.completed": _session_completed,
    "checkout.session.async_payment_succeeded": _session_paid_later,
    "checkout.session.async_payment_failed": _session_failed,
    "checkout.session.expired": _session_expired,
    "payment_intent.succeeded": _intent_succeeded,
    "payment_intent.payment_failed": _intent_refused,
}


async def checkout_seen(tx: Tx, payment: Payment, session: CheckoutSession) -> None:
    """Apply a checkout as it was read, in place of an event that is late."""
    if session.status == "expired":
        await _session_expired(tx, payment, {})
    elif session.status == "complete":
        seen = {
            "payment_status": session.payment_status,
            "payment_intent": session.payment_intent_id,
            "amount_total": session.amount.minor,
            "currency": session.amount.currency,
        }
        await _session_completed(tx, payment, seen)


def _amount(found: Mapping[str, Any], field: str) -> Money:
    return Money(found[field], str(found["currency"]).upper())


def _note_intent(payment: Payment, intent_id: str | None) -> None:
    if intent_id and payment.payment_intent_id is None:
        payment.payment_intent_id = intent_id


async def _paid(tx: Tx, payment: Payment, amount: Money) -> bool:
    """Mark a payment as paid; False when the processor took another amount than was agreed.

    Such a payment is not moved on: nothing is given for it until a person has looked.
    """
    if amount != Money(payment.total_minor, payment.currency):
        agreed = Money(payment.total_minor, payment.currency)
        payment.alarm = f"paid {amount.format()} instead of {agreed.format()}"
        return False
    if await _become(tx, payment, PaymentStatus.PAID) and payment.payment_intent_id:
        await inbox.add_reference(
            tx, payment.brand, payment.payment_intent_id, payment.organization_id
        )
    return True


async def _become(tx: Tx, payment: Payment, status: PaymentStatus) -> bool:
    """Move a payment on, with everything that belongs to the change; False when it is too late."""
    if not may_become(PaymentStatus(payment.status), status):
        return False
    payment.status = status.value
    now = clock.now()
    match status:
        case PaymentStatus.PENDING:
            payment.pending_at = now
        case PaymentStatus.PAID:
            payment.paid_at, payment.failure = now, ""
        case _:
            payment.closed_at = now
    await tx.flush()
    await _consequences(tx, payment, status)
    return True


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
