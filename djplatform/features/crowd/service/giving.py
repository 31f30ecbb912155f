"""A fan gives a tip: recorded in the fan's own scope, then led to the checkout."""

from datetime import timedelta
from uuid import UUID, uuid5

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import Conflict, NotFound
from djplatform.core.i18n import t
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import CheckoutLinks, Dj, GiveTip, TipReceipt
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.rules import TipStatus, TipText
from djplatform.features.crowd.service.limits import limits_of
from djplatform.features.crowd.service.page import public_dj, tips_closed
from djplatform.features.crowd.service.prices import KIND
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import PaymentView, StartPayment

_OVER = (TipStatus.FAILED, TipStatus.EXPIRED)
LATE = timedelta(seconds=5)
"""From then on a fan who waits has the processor asked, in case its event got lost."""
_TRIES = 20
"""How often one form may begin anew after a checkout that ran out."""


class FormUsedElsewhere(Conflict):
    """This form was already sent from another device. Please try again."""


async def give_tip(
    slug: str, device_id: UUID, tip_id: UUID, cmd: GiveTip, links: CheckoutLinks
) -> str:
    """Record a tip and its payment; the address where the fan pays it.

    The same form sent again, by a double click or after coming back from the checkout, goes on
    with the same tip: its words and amount are what was sent last, and only one payment of it
    can succeed. Opens its own units, because the processor is called between them.

    Raises:
        NotFound: no such DJ.
        InvalidInput: by field: `amount`, `guest_name`, `message`.
        PaymentsClosed: the DJ cannot take tips yet.
        FormUsedElsewhere: the form's token belongs to another device.
        VendorUnavailable, VendorRefused: nothing was charged; the same call may be made again.
    """
    dj = await public_dj(slug)
    organization_id = dj.target.organization_id
    async with unit(Scope.guest(organization_id, device_id)) as tx:
        payment = await _begin(tx, dj, device_id, tip_id, cmd, links)
    return await payments.open_checkout(organization_id, device_id, payment.id)


async def _begin(
    tx: Tx, dj: Dj, device_id: UUID, tip_id: UUID, cmd: GiveTip, links: CheckoutLinks
) -> PaymentView:
    limits = await limits_of(tx, dj.target)
    if limits is None:
        raise tips_closed(dj)
    text = rules.check_tip(cmd.amount_text, cmd.guest_name, cmd.message, limits)
    recorded = await _record(tx, dj, device_id, tip_id, text, covers_fee=cmd.covers_fee)
    return await payments.start_payment(
        tx,
        StartPayment(
            kind=KIND,
            subject_id=recorded,
            amount=text.amount,
            covers_fee=cmd.covers_fee,
            return_url=links.return_url,
            cancel_url=links.cancel_url,
            look=links.look,
        ),
    )


async def _record(
    tx: Tx, dj: Dj, device_id: UUID, tip_id: UUID, text: TipText, *, covers_fee: bool
) -> UUID:
    """The id of the tip that this form makes; the next one when earlier ones ran out."""
    organization_id = dj.target.organization_id
    words = {
        "amount_minor": text.amount.minor,
        "covers_fee": covers_fee,
        "guest_name": text.guest_name,
        "message": text.message,
        "updated_at": clock.now(),
    }
    for number in range(_TRIES):
        candidate = uuid5(tip_id, str(number)) if number else tip_id
        known = await tips.own(tx, organization_id, candidate)
        if known is not None and known.status in _OVER:
            continue
        if known is None:
            await tips.begin(
                tx,
                words
                | {
                    "organization_id": organization_id,
                    "id": candidate,
                    "device_id": device_id,
                    "currency": text.amount.currency,
                    "created_at": clock.now(),
                },
            )
        # Also after `begin`: the other half of a double click may have been faster.
        elif known.status == TipStatus.CREATED:
            await tips.amend(tx, organization_id, candidate, words)
        if known is None and await tips.own(tx, organization_id, candidate) is None:
            raise FormUsedElsewhere
        return candidate
    raise Conflict(t("This form was used too often. Please open the page again."))


async def gave_tip(organization_id: UUID, device_id: UUID, tip_id: UUID) -> bool:
    """Whether this device gave that tip; it may hear what becomes of it."""
    async with unit(Scope.guest(organization_id, device_id)) as tx:
        return await tips.own(tx, organization_id, tip_id) is not None


async def tip_receipt(slug: str, device_id: UUID | None, payment_id: UUID) -> TipReceipt:
    """A fan's own tip by one of its payments; foreign and missing ones answer alike.

    Raises:
        NotFound: no such DJ, or no such payment of this device.
    """
    dj = await public_dj(slug)
    if device_id is None:
        raise NotFound
    organization_id = dj.target.organization_id
    async with unit(Scope.guest(organization_id, device_id)) as tx:
        payment = await payments.payment_status(tx, payment_id)
        tip = await tips.own(tx, organization_id, payment.subject_id)
        if payment.status.value == TipStatus.CREATED and payment.created_at < clock.now() - LATE:
            await payments.defer_asking(tx, payment)
    if tip is None:
        raise NotFound
    return _receipt(dj, payment, TipStatus(tip.status), tip.message)


def _receipt(dj: Dj, payment: PaymentView, tip_status: TipStatus, message: str) -> TipReceipt:
    return TipReceipt(
        dj=dj,
        tip_id=payment.subject_id,
        payment_id=payment.id,
        # One of two attempts may have been paid while the fan looks at the other.
        status=rules.after(TipStatus(payment.status.value), tip_status),
        total=payment.total,
        net=payment.net,
        refunded=payment.refunded,
        message=message,
        failure=payment.failure,
        created_at=payment.created_at,
        paid_at=payment.paid_at,
    )
