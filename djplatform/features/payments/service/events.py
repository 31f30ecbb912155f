"""What the processor tells us, made true here: once, in any order, in one transaction each.

Events are duplicated, late and out of order, and several tell of the same change. So each one is
applied to the state that the payment has (`rules.may_become`), under a lock on its row, and the
event is stamped in the same transaction: a job that dies half-way leaves nothing behind, and its
next run starts from the beginning.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import structlog

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import VendorUnavailable
from djplatform.core.jobs import defer
from djplatform.features.ledger.service import PLATFORM
from djplatform.features.payments.models import Payment
from djplatform.features.payments.repo import inbox, payments
from djplatform.features.payments.service import gateway, transitions
from djplatform.features.payments.service.kinds import (
    CONNECTED_ACCOUNT,
    UNHANDLED,
    Received,
    Subject,
    charge_of,
    subject_of,
)
from djplatform.features.payments.service.onboarding import defer_refresh
from djplatform.features.payments.service.settlement import settle

log = structlog.get_logger()

Apply = Callable[[Tx, Payment], Awaitable[str]]
"""Moves a payment on; returns what does not agree with the processor, or nothing."""

APPLIED = {
    "checkout.session.completed": transitions.session_completed,
    "checkout.session.async_payment_succeeded": transitions.session_paid_later,
    "checkout.session.async_payment_failed": transitions.session_failed,
    "checkout.session.expired": transitions.session_expired,
    "payment_intent.succeeded": transitions.intent_succeeded,
    "payment_intent.payment_failed": transitions.intent_refused,
}
"""Kinds of events whose object says enough by itself."""


class ReadOutOfTurn(VendorUnavailable):
    """Another job has read this charge later than we did. It is read again."""


async def defer_handling(tx: Tx, event_id: UUID, kind: str, about: Mapping[str, Any]) -> None:
    """Have the worker handle an event; those of one charge one after the other.

    What was read of a charge before must not be applied after what was read later.
    """
    charge_id = charge_of(kind, about)
    lock = f"charge-{charge_id}" if charge_id else None
    await defer(tx, "payments.handle_event", lock=lock, event_id=str(event_id))


async def handle_event(event_id: UUID) -> None:
    """Handle one event of the inbox; again does nothing. For jobs.

    Raises:
        VendorUnavailable: the processor must be asked and does not answer; try again later.
    """
    async with unit(Scope.system(PLATFORM)) as tx:
        row = await inbox.inbox_event(tx, event_id)
        if row is None or row.handled_at is not None:
            return
        event = Received(
            row.id, row.account, row.type, row.body.get("account", ""), row.body["object"]
        )
    if event.account:
        # Payments are made on the brand's own account. Whoever holds a connected account could
        # write our ids on a payment of his own.
        await _stamp_only(event, UNHANDLED)
    elif event.type.startswith(CONNECTED_ACCOUNT):
        await _account_changed(event)
    elif event.charge_id:
        await _charge_changed(event)
    elif event.type in APPLIED:
        await _payment_changed(event)
    else:
        await _stamp_only(event, "" if event.quiet else UNHANDLED)


async def _stamp_only(event: Received, problem: str = "") -> None:
    async with unit(Scope.system(PLATFORM)) as tx:
        if await inbox.stamp(tx, event.id) and problem:
            await _report(tx, event, problem)


async def _report(tx: Tx, event: Received, problem: str) -> None:
    """Keep what is wrong beside the event, where `doctor` finds it, and say so in the log."""
    say = log.warning if problem == UNHANDLED else log.error
    say("payments.event_problem", type=event.type, event_id=str(event.id), problem=problem)
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


async def _payment_changed(event: Received) -> None:
    subject = subject_of(event.object.get("metadata"))
    if subject is None:
        # The brand's Stripe account may take money that is not ours to book.
        return await _stamp_only(event)

    async def apply(tx: Tx, payment: Payment) -> str:
        return await APPLIED[event.type](tx, payment, event.object)

    return await _to_payment(event, subject, event.payment_intent_id, apply)


async def _charge_changed(event: Received) -> None:
    """Cost, transfer and fee are null when a payment succeeds, and may be taken back later.

    So the charge is read as it is now, whatever the event says; its metadata says whose it is.
    """
    port, asked = gateway.stripe(event.brand), clock.now()
    charge = await port.retrieve_charge(event.charge_id)
    subject = subject_of(charge.metadata)
    if subject is None or not charge.paid:
        return await _stamp_only(event)
    disputes = await port.disputes_of(charge.charge_id) if charge.disputed else ()

    async def apply(tx: Tx, payment: Payment) -> str:
        if payment.charge_read_at is not None and asked < payment.charge_read_at:
            raise ReadOutOfTurn
        payment.charge_read_at = asked
        problem = await transitions.charge_paid(tx, payment, charge)
        return problem or await settle(tx, payment, charge, disputes)

    return await _to_payment(event, subject, charge.payment_intent_id, apply)


async def _to_payment(event: Received, subject: Subject, intent_id: str, apply: Apply) -> None:
    """Apply an event to its payment and stamp it, in one transaction."""
    async with unit(Scope.system(subject.organization_id)) as tx:
        if not await inbox.stamp(tx, event.id):
            return
        payment = await payments.lock_payment(tx, subject.organization_id, subject.payment_id)
        problem = _foreign(event, payment, intent_id)
        if payment is not None and not problem:
            problem = await apply(tx, payment)
            transitions.raise_alarm(payment, problem)
            await tx.flush()
        if problem:
            await _report(tx, event, problem)


def _foreign(event: Received, payment: Payment | None, intent_id: str) -> str:
    if payment is None:
        return "no such payment"
    if payment.brand != event.brand:
        return f"the payment belongs to {payment.brand}, the event to {event.brand}"
    known = payment.payment_intent_id
    if known and intent_id and known != intent_id:
        return f"{intent_id} is about the same payment as {known}"
    return ""
