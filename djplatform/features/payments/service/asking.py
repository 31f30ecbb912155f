"""When a webhook is late: ask the processor, and go the way that its event would have gone."""

from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.jobs import defer
from djplatform.features.payments.dto import PaymentView
from djplatform.features.payments.repo import payments
from djplatform.features.payments.rules import PaymentStatus, is_final
from djplatform.features.payments.service import gateway, transitions


async def defer_asking(tx: Tx, payment: PaymentView) -> None:
    """Have the worker ask; one waiting job is enough. In the payer's scope or a member's."""
    await defer(
        tx,
        "payments.ask_processor",
        queueing_lock=f"ask-{payment.id}",
        organization_id=str(payment.organization_id),
        payment_id=str(payment.id),
    )


async def ask_processor(organization_id: UUID, payment_id: UUID) -> None:
    """Read the checkout of an open payment and apply what it says; again does nothing.

    For jobs. The event that follows finds the change made and only stamps itself. A payment whose
    time is over before it had a checkout ends here: no event will ever tell of it.

    Raises:
        VendorUnavailable: try again later.
    """
    async with unit(Scope.system(organization_id)) as tx:
        payment = await payments.lock_payment(tx, organization_id, payment_id)
        if payment is None or is_final(PaymentStatus(payment.status)):
            return
        brand, checkout_id = payment.brand, payment.checkout_id
        if checkout_id is None and payment.expires_at < clock.now():
            await transitions.nobody_came(tx, payment)
    if checkout_id is None:
        return
    session = await gateway.stripe(brand).retrieve_checkout(checkout_id)
    async with unit(Scope.system(organization_id)) as tx:
        payment = await payments.lock_payment(tx, organization_id, payment_id)
        assert payment is not None  # payments are never deleted
        problem = await transitions.checkout_seen(tx, payment, session)
        transitions.raise_alarm(payment, problem)
