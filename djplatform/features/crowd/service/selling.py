"""The tip as something that is paid for: what happens when its payment moves."""

from typing import Final
from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.errors import NotFound
from djplatform.core.i18n import t
from djplatform.core.realtime import publish
from djplatform.features.crowd import rules
from djplatform.features.crowd.models import Tip
from djplatform.features.crowd.paths import booth_channel, tip_channel, tips_channel
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.rules import TipStatus
from djplatform.features.events import service as events
from djplatform.features.payments.dto import PaymentView
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
        await _tell(tx, tip)

    async def on_closed(self, tx: Tx, payment: PaymentView) -> None:
        """A payment failed or ran out; nothing was given."""
        await _follow(tx, payment, TipStatus(payment.status.value))


async def _follow(tx: Tx, payment: PaymentView, status: TipStatus) -> Tip:
    tip = await tips.lock(tx, payment.organization_id, payment.subject_id)
    if tip is None:
        raise NotFound
    tip.status = rules.after(TipStatus(tip.status), status).value
    tip.updated_at = clock.now()
    await publish(
        tx, tip_channel(tip.organization_id, tip.id), "tip.changed", {"status": tip.status}
    )
    return tip


async def _tell(tx: Tx, tip: Tip) -> None:
    """Put the tip on the screens of the DJ, with the running totals that include it."""
    await tips.take_turns(tx, tip.organization_id)
    view = await tips.shown(tx, tip.organization_id, tip.id)
    if view is None:
        raise NotFound
    everything = await tips.summary(tx, tip.organization_id, tip.currency, None)
    await publish(
        tx,
        tips_channel(tip.organization_id),
        "tip.paid",
        view.row() | everything.row(),
    )
    if tip.event_id is not None:
        tonight = await tips.summary(tx, tip.organization_id, tip.currency, tip.event_id)
        await publish(
            tx,
            booth_channel(tip.event_id),
            "tip.paid",
            view.row() | tonight.row(),
        )


TIP: Final = TipSellable()
