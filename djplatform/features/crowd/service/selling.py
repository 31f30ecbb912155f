"""The tip as something that is paid for: what happens when its payment moves."""

from typing import Final
from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.errors import NotFound
from djplatform.core.i18n import t
from djplatform.core.realtime import publish
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import TipView
from djplatform.features.crowd.models import Tip
from djplatform.features.crowd.paths import booth_channel, tip_channel, tips_channel
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.rules import TipStatus
from djplatform.features.events import service as events
from djplatform.features.payments.dto import PaymentView, Takings
from djplatform.features.payments.service import SaleDescription
from djplatform.features.profiles import service as profiles


class TipSellable:
    """One kind of thing that is paid for."""

    kind: Final = "tip"

    async def describe(self, tx: Tx, subject_id: UUID) -> SaleDescription:
        """What the fan reads on the checkout.

        Raises:
            NotFound: no such tip of this device.
        """
        organization_id = tx.scope.organization_id
        if organization_id is None or await tips.own(tx, organization_id, subject_id) is None:
            raise NotFound
        profile = await profiles.public_profile(tx, organization_id)
        if profile is None:
            raise NotFound
        return SaleDescription(title=t("Tip for {name}", name=profile.stage_name))

    async def on_pending(self, tx: Tx, payment: PaymentView) -> None:
        """The fan is done; a slow method still moves the money."""
        await _follow(tx, payment, TipStatus.PENDING)

    async def on_paid(self, tx: Tx, payment: PaymentView) -> None:
        """The tip is the DJ's: it appears in the booth."""
        tip = await _follow(tx, payment, TipStatus.PAID)
        # Added, not set: should two attempts both be paid, both were given.
        tip.paid_minor += payment.total.minor
        tip.net_minor += payment.net.minor
        tip.amount_minor, tip.payment_id = payment.asked.minor, payment.id
        tip.paid_at = tip.paid_at or payment.paid_at or clock.now()
        if tip.event_id is None:
            tip.event_id = await events.event_at(tx, tip.organization_id, tip.created_at)
        await tx.flush()
        await _tell(tx, tip, beside=False)

    async def on_closed(self, tx: Tx, payment: PaymentView) -> None:
        """A payment failed or ran out; nothing was given."""
        await _follow(tx, payment, TipStatus(payment.status.value))

    async def on_refunded(self, tx: Tx, payment: PaymentView, taken: Takings) -> None:
        """All or a part of it went back, or has come again after all: the booth says so."""
        tip = await _locked(tx, payment)
        tip.paid_minor -= taken.gross.minor
        tip.net_minor -= taken.net.minor
        tip.refunded_minor += taken.gross.minor
        tip.updated_at = clock.now()
        await tx.flush()
        await _tell(tx, tip, beside=True)


async def _follow(tx: Tx, payment: PaymentView, status: TipStatus) -> Tip:
    tip = await _locked(tx, payment)
    tip.status = rules.after(TipStatus(tip.status), status).value
    tip.updated_at = clock.now()
    await publish(
        tx, tip_channel(tip.organization_id, tip.id), "tip.changed", {"status": tip.status}
    )
    return tip


async def _locked(tx: Tx, payment: PaymentView) -> Tip:
    tip = await tips.lock(tx, payment.organization_id, payment.subject_id)
    if tip is None:
        raise NotFound
    return tip


async def _tell(tx: Tx, tip: Tip, *, beside: bool) -> None:
    """Put the tip on the screens of the DJ, with the running totals that include it.

    Screens read the totals from their newest row. So of a change to an older tip they are told
    beside it (`beside`) that row again.
    """
    await tips.take_turns(tx, tip.organization_id)
    places: list[tuple[str, UUID | None]] = [(tips_channel(tip.organization_id), None)]
    if tip.event_id is not None:
        places.append((booth_channel(tip.event_id), tip.event_id))
    for channel, event_id in places:
        totals = (await tips.summary(tx, tip.organization_id, tip.currency, event_id)).row()
        for view in await _rows(tx, tip, event_id, beside=beside):
            await publish(tx, channel, "tip.paid", view.row() | totals)


async def _rows(tx: Tx, tip: Tip, event_id: UUID | None, *, beside: bool) -> list[TipView]:
    view = await tips.shown(tx, tip.organization_id, tip.id)
    if not beside:
        return [view]
    latest = await tips.paid(tx, tip.organization_id, event_id=event_id, before=None, limit=1)
    return [view, *(newest for newest in latest if newest.id != tip.id)]


TIP: Final = TipSellable()
