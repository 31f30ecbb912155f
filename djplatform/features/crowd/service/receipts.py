"""What became of a fan's own tip."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Scope, unit
from djplatform.core.errors import NotFound
from djplatform.features.crowd.dto import Dj, TipReceipt
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.repo.tips import OwnTip
from djplatform.features.crowd.rules import TipStatus
from djplatform.features.crowd.service.page import public_dj
from djplatform.features.crowd.service.prices import KIND
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import PaymentStatus, PaymentView

LATE = timedelta(seconds=5)
"""From then on a fan who waits has the processor asked, in case its event got lost."""


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
        asked = await payments.payment_status(tx, payment_id)
        attempts = await payments.attempts(tx, KIND, asked.subject_id)
        tip = await tips.own(tx, organization_id, asked.subject_id)
        if asked.status.value == TipStatus.CREATED and asked.created_at < clock.now() - LATE:
            await payments.defer_asking(tx, asked)
    if tip is None:
        raise NotFound
    return _receipt(dj, tip, asked, attempts)


def _receipt(
    dj: Dj, tip: OwnTip, asked: PaymentView, attempts: Sequence[PaymentView]
) -> TipReceipt:
    shown = _telling(asked, attempts)
    return TipReceipt(
        dj=dj,
        tip_id=tip.id,
        payment_id=shown.id,
        status=TipStatus(shown.status.value),
        replaced=shown.id != attempts[0].id,
        total=shown.total,
        net=shown.net,
        refunded=shown.refunded,
        guest_name=tip.guest_name,
        message=tip.message,
        failure=shown.failure,
        created_at=shown.created_at,
        paid_at=shown.paid_at,
    )


def _telling(asked: PaymentView, attempts: Sequence[PaymentView]) -> PaymentView:
    """The payment whose figures the page shows: of two attempts the one that brings the money."""
    for status in (PaymentStatus.PAID, PaymentStatus.PENDING):
        bringing = [payment for payment in attempts if payment.status is status]
        if bringing:
            return asked if asked in bringing else bringing[0]
    return asked
