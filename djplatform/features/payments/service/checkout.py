"""From "pay" to the hosted checkout, and back to the page that waits.

The payer's own scope records the intent, the processor is called between two units of work, and
the second one notes where to pay. Everything after that is told by webhooks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import Conflict, NotFound, SignInRequired, VendorUnavailable
from djplatform.core.i18n import t
from djplatform.core.ids import new_id
from djplatform.core.jobs import defer
from djplatform.features.payments.dto import Look, PaymentView, StartPayment
from djplatform.features.payments.repo import accounts, payments
from djplatform.features.payments.repo.accounts import Destination, Seller
from djplatform.features.payments.repo.payments import Checkout
from djplatform.features.payments.rules import FeePlan, PaymentStatus, Quote
from djplatform.features.payments.service import gateway, pricing
from djplatform.features.payments.service.onboarding import defer_refresh
from djplatform.features.payments.service.pricing import PaymentsClosed
from djplatform.features.payments.service.sellables import SaleDescription, sellable
from djplatform.vendors.errors import Refusal
from djplatform.vendors.stripe.port import CheckoutLook, CheckoutOrder, CheckoutSession

OPEN_FOR = timedelta(hours=2)
_LEAST_OPEN = timedelta(minutes=31)
"""The processor refuses a session that would end sooner than in 30 minutes."""


async def start_payment(tx: Tx, command: StartPayment) -> PaymentView:
    """Record the intent to pay, in the payer's guest scope and the seller feature's transaction.

    The same thing is never begun twice: a double click, or coming back from the checkout, finds
    the attempt that is open. Another amount, or an attempt that ran out, makes a new attempt and
    has the old one's checkout closed, so that only one of them can be paid.

    Raises:
        NotFound: no such organization or subject.
        PaymentsClosed: the organization cannot take payments; the text is for the payer.
        InvalidInput: under `amount`.
        Conflict: another device pays for this subject.
    """
    organization_id, device_id = _payer(tx)
    seller = await pricing.seller_or_refuse(tx, organization_id)
    destination = await _open_destination(tx, seller)
    pricing.refuse_impossible(seller, command.amount)
    plan, quoted = await pricing.price(
        tx, seller, command.kind, command.amount, covers_fee=command.covers_fee
    )
    pricing.refuse_nothing_left(seller, quoted)
    known = await payments.latest_attempt(tx, organization_id, command.kind, command.subject_id)
    if known is not None and _still_good(known, quoted, destination):
        return known.view
    described = await sellable(command.kind).describe(tx, command.subject_id)
    intent = _Intent(seller, destination, plan, quoted, described, device_id)
    added = await _add(tx, command, intent, attempt=known.attempt + 1 if known else 1)
    if known is not None and known.view.status is PaymentStatus.CREATED:
        await _defer_closing(tx, known.view)
    return added


def _payer(tx: Tx) -> tuple[UUID, UUID]:
    if tx.scope.organization_id is None or tx.scope.device_id is None:
        raise SignInRequired(t("Your browser must accept our cookie to pay."))
    return tx.scope.organization_id, tx.scope.device_id


async def _open_destination(tx: Tx, seller: Seller) -> Destination:
    readiness = await pricing.readiness_of(tx, seller)
    destination = await accounts.destination(tx, seller.id, seller.brand)
    if not readiness.ready or destination is None:
        raise PaymentsClosed(readiness.payer_text)
    return destination


def _still_good(known: Checkout, quoted: Quote, destination: Destination) -> bool:
    """Whether an earlier attempt is what the payer wants now."""
    view = known.view
    if view.status in (PaymentStatus.PENDING, PaymentStatus.PAID):
        return True
    left = known.expires_at - clock.now()
    return (
        view.status is PaymentStatus.CREATED
        and (view.total, view.fee) == (quoted.total, quoted.fee)
        and known.destination == destination.external_id
        and left > (_LEAST_OPEN if known.checkout_url is None else timedelta(minutes=1))
    )


_ACCOUNT_CODES = frozenset({"insufficient_capabilities_for_transfer", "account_invalid"})
"""How the processor says that the payee's account is closed or restricted."""


@dataclass(frozen=True, slots=True)
class _Intent:
    """What was found out before a payment is recorded."""

    seller: Seller
    destination: Destination
    plan: FeePlan
    quoted: Quote
    described: SaleDescription
    device_id: UUID


async def _add(tx: Tx, command: StartPayment, intent: _Intent, attempt: int) -> PaymentView:
    payment_id, now = new_id(), clock.now()
    values = _values(command, intent, payment_id, now) | {"attempt": attempt}
    if await payments.add_payment(tx, values):
        view = await payments.view(tx, intent.seller.id, payment_id)
    else:
        # The other half of a double click was faster.
        first = await payments.latest_attempt(
            tx, intent.seller.id, command.kind, command.subject_id
        )
        view = first.view if first else None
    if view is None:
        raise Conflict(t("This is being paid for on another device."))
    return view


def _values(
    command: StartPayment, intent: _Intent, payment_id: UUID, now: datetime
) -> dict[str, object]:
    quoted, seller = intent.quoted, intent.seller
    return {
        "organization_id": seller.id,
        "id": payment_id,
        "device_id": intent.device_id,
        "brand": seller.brand,
        "kind": command.kind,
        "subject_id": command.subject_id,
        "title": intent.described.title,
        "payee_name": seller.name,
        "currency": quoted.total.currency,
        "asked_minor": quoted.asked.minor,
        "total_minor": quoted.total.minor,
        "fee_minor": quoted.fee.minor,
        "net_minor": quoted.net.minor,
        "plan": intent.plan.frozen(),
        "destination": intent.destination.external_id,
        "destination_country": intent.destination.country,
        "return_url": command.return_url.replace("{payment}", str(payment_id)),
        "cancel_url": command.cancel_url.replace("{payment}", str(payment_id)),
        "look": command.look.model_dump(),
        "created_at": now,
        "expires_at": now + OPEN_FOR,
    }


async def _defer_closing(tx: Tx, payment: PaymentView) -> None:
    await defer(
        tx,
        "payments.close_checkout",
        organization_id=str(payment.organization_id),
        payment_id=str(payment.id),
    )


async def open_checkout(organization_id: UUID, device_id: UUID, payment_id: UUID) -> str:
    """Where the payer pays: the hosted checkout's address, or the return page when it is over.

    Opens its own units of work. When the processor does not answer, the same call may be made
    again: the content of the request comes from the recorded intent.

    Raises:
        NotFound: no such payment of this device.
        VendorUnavailable, VendorRefused: nothing was charged.
    """
    scope = Scope.guest(organization_id, device_id)
    async with unit(scope) as tx:
        found = await _own_checkout(tx, payment_id)
    if known := _known_address(found):
        return known
    session = await _create_checkout(scope, found)
    async with unit(scope) as tx:
        noted = await payments.note_checkout(
            tx, organization_id, payment_id, session.session_id, session.url
        )
        if not noted:
            # The other half of a double click was faster. Nobody is sent to this checkout.
            found = await _own_checkout(tx, payment_id)
            return _known_address(found) or found.return_url
        await _close_if_superseded(tx, found)
    return session.url


async def _own_checkout(tx: Tx, payment_id: UUID) -> Checkout:
    organization_id, _ = _payer(tx)
    found = await payments.checkout(tx, organization_id, payment_id)
    if found is None:
        raise NotFound
    return found


async def _create_checkout(scope: Scope, found: Checkout) -> CheckoutSession:
    view = found.view
    try:
        return await gateway.stripe(view.brand).create_checkout(
            _order(found), idempotency_key=_key(found)
        )
    except Refusal as refused:
        if refused.code in _ACCOUNT_CODES:
            # We believed it to be open: its event is late, or lost.
            async with unit(scope) as tx:
                await defer_refresh(tx, view.organization_id, view.brand)
        raise


def _known_address(found: Checkout) -> str | None:
    if found.view.status is not PaymentStatus.CREATED:
        return found.return_url
    return found.checkout_url


def _key(found: Checkout) -> str:
    """The key of idempotency: the same for a double click and for every try of one click.

    Stripe answers a key for a day with what it answered first, and be it an error of its own. So a
    click a minute later asks under another one. A checkout that got lost on the way is none that
    anybody was sent to.
    """
    minutes = (clock.now() - found.view.created_at) // timedelta(minutes=1)
    return f"checkout-{found.view.id}-{minutes}"


async def _close_if_superseded(tx: Tx, found: Checkout) -> None:
    """Another attempt may have begun meanwhile, and found no checkout of this one to close."""
    view = found.view
    latest = await payments.latest_attempt(tx, view.organization_id, view.kind, view.subject_id)
    if latest is not None and latest.attempt > found.attempt:
        await _defer_closing(tx, view)


def _order(found: Checkout) -> CheckoutOrder:
    view, look = found.view, Look.model_validate(found.look)
    return CheckoutOrder(
        amount=view.total,
        application_fee=view.fee,
        title=view.title,
        destination=found.destination,
        destination_country=found.destination_country,
        payee_name=view.payee_name,
        reference=str(view.id),
        success_url=found.return_url,
        cancel_url=found.cancel_url,
        expires_at=found.expires_at,
        look=CheckoutLook(
            display_name=look.brand_name,
            button_color=look.button_color,
            background_color=look.background_color,
            logo_url=look.logo_url,
        ),
        metadata={"payment_id": str(view.id), "organization_id": str(view.organization_id)},
    )


async def checkout_complete(organization_id: UUID, device_id: UUID, payment_id: UUID) -> bool:
    """Whether the processor has the money of an open payment, and its event has yet to come.

    Opens its own unit of work. While the processor does not answer, nothing is known: False.
    """
    async with unit(Scope.guest(organization_id, device_id)) as tx:
        found = await payments.checkout(tx, organization_id, payment_id)
    if found is None or found.checkout_id is None:
        return False
    if found.view.status is not PaymentStatus.CREATED:
        return False
    try:
        session = await gateway.stripe(found.view.brand).retrieve_checkout(found.checkout_id)
    except VendorUnavailable:
        return False
    return session.status == "complete"


async def attempts(tx: Tx, kind: str, subject_id: UUID) -> Sequence[PaymentView]:
    """What the payer's own device began to pay for a thing, the latest first; guest scope."""
    organization_id, _ = _payer(tx)
    return await payments.attempts(tx, organization_id, kind, subject_id)


async def payment_status(tx: Tx, payment_id: UUID) -> PaymentView:
    """A payment for the page that waits for it: the payer's own device, or a member.

    Raises:
        NotFound: missing and foreign alike.
    """
    found = None
    if tx.scope.organization_id is not None:
        found = await payments.view(tx, tx.scope.organization_id, payment_id)
    if found is None:
        raise NotFound
    return found


async def close_checkout(organization_id: UUID, payment_id: UUID) -> None:
    """Close a superseded checkout, so that it cannot be paid any more; for jobs.

    The payment itself is closed by the event that follows, or was paid before: then that stands.
    """
    async with unit(Scope.system(organization_id)) as tx:
        payment = await payments.lock_payment(tx, organization_id, payment_id)
        brand = payment.brand if payment else ""
        open_still = payment is not None and payment.status == PaymentStatus.CREATED
        checkout_id = payment.checkout_id if payment else None
    if not open_still or checkout_id is None:
        return
    port = gateway.stripe(brand)
    session = await port.retrieve_checkout(checkout_id)
    if session.status == "open":
        await port.expire_checkout(checkout_id)
