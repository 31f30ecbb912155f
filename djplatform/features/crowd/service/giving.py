"""A fan gives a tip: recorded in the fan's own scope, then led to the checkout.

A form's token names its tip, so that a double click pays once. A tip that was given is never
changed any more: other words on its form, say after the browser's "back", are another tip.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import Conflict
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import CheckoutLinks, Dj, GiveTip
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.repo.tips import OwnTip
from djplatform.features.crowd.rules import TipStatus, TipText
from djplatform.features.crowd.service.limits import limits_of
from djplatform.features.crowd.service.page import public_dj, tips_closed
from djplatform.features.crowd.service.prices import KIND
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import StartPayment

_OVER = (TipStatus.FAILED, TipStatus.EXPIRED)
_TRIES = 20
"""How many tips one form may make, one after another was paid or ran out."""


class FormUsedElsewhere(Conflict):
    """This form was already sent from another device. Please try again."""


class FormUsedUp(Conflict):
    """This form was used too often. Please try again."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form as it came in, and whose it is."""

    dj: Dj
    device_id: UUID
    tip_id: UUID
    """What the form's token names."""
    covers_fee: bool

    @property
    def organization_id(self) -> UUID:
        return self.dj.target.organization_id

    @property
    def scope(self) -> Scope:
        return Scope.guest(self.organization_id, self.device_id)

    def tips(self) -> Iterator[UUID]:
        """The ids of the tips that this form may make, in their order."""
        yield self.tip_id
        yield from (uuid5(self.tip_id, str(number)) for number in range(1, _TRIES))


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The tip that a form stands for."""

    tip_id: UUID
    given: bool
    """Whether it is paid, so that only its receipt is left to show."""


async def give_tip(
    slug: str, device_id: UUID, tip_id: UUID, cmd: GiveTip, links: CheckoutLinks
) -> str:
    """Record a tip and its payment; the address where the fan goes on.

    That is the checkout. A form that is sent again goes on with its tip while that is unpaid: its
    words and amount are what was sent last, and only one payment of it can succeed. Once it is
    paid, the same words lead to its receipt, and others make the next tip. Opens its own units,
    because the processor is called between them.

    Raises:
        NotFound: no such DJ.
        InvalidInput: by field: `amount`, `guest_name`, `message`.
        PaymentsClosed: the DJ cannot take tips yet.
        FormUsedElsewhere: the form's token belongs to another device.
        FormUsedUp: the form's token has made as many tips as one may.
        VendorUnavailable, VendorRefused: nothing was charged; the same call may be made again.
    """
    sent = _Sent(await public_dj(slug), device_id, tip_id, cmd.covers_fee)
    unheard = await _paid_unheard(sent)
    async with unit(sent.scope) as tx:
        text = await _checked(tx, sent.dj, cmd)
        recorded = await _record(tx, sent, text, unheard)
        if recorded.given:
            latest = (await payments.attempts(tx, KIND, recorded.tip_id))[0]
            return links.return_url.replace("{payment}", str(latest.id))
        payment = await payments.start_payment(
            tx,
            StartPayment(
                kind=KIND,
                subject_id=recorded.tip_id,
                amount=text.amount,
                covers_fee=cmd.covers_fee,
                return_url=links.return_url,
                cancel_url=links.cancel_url,
                look=links.look,
            ),
        )
    return await payments.open_checkout(sent.organization_id, device_id, payment.id)


async def _paid_unheard(sent: _Sent) -> UUID | None:
    """The tip of this form that the processor has the money for, before its event has come."""
    async with unit(sent.scope) as tx:
        begun = await _begun(tx, sent)
        attempts = await payments.attempts(tx, KIND, begun) if begun else ()
    for payment in attempts:
        if await payments.checkout_complete(sent.organization_id, sent.device_id, payment.id):
            return begun
    return None


async def _begun(tx: Tx, sent: _Sent) -> UUID | None:
    """The tip of this form that is begun and, as far as we heard, not paid."""
    for candidate in sent.tips():
        known = await tips.own(tx, sent.organization_id, candidate)
        if known is None or known.status == TipStatus.CREATED:
            return candidate if known else None
    return None


async def _checked(tx: Tx, dj: Dj, cmd: GiveTip) -> TipText:
    limits = await limits_of(tx, dj.target)
    if limits is None:
        raise tips_closed(dj)
    return rules.check_tip(cmd.amount_text, cmd.guest_name, cmd.message, limits)


async def _record(tx: Tx, sent: _Sent, text: TipText, unheard: UUID | None) -> _Recorded:
    """The tip that this form makes: the first that neither ran out nor was given in other words."""
    for candidate in sent.tips():
        known = await tips.own(tx, sent.organization_id, candidate)
        if known is None:
            return await _begin(tx, sent, text, candidate)
        if known.status == TipStatus.CREATED and candidate != unheard:
            words = _words(sent, text)
            await tips.amend(tx, sent.organization_id, candidate, words)
            return _Recorded(candidate, given=False)
        if known.status not in _OVER and _says(known, sent, text):
            return _Recorded(candidate, given=True)
    raise FormUsedUp


async def _begin(tx: Tx, sent: _Sent, text: TipText, tip_id: UUID) -> _Recorded:
    await tips.begin(
        tx,
        _words(sent, text)
        | {
            "organization_id": sent.organization_id,
            "id": tip_id,
            "device_id": sent.device_id,
            "currency": text.amount.currency,
            "created_at": clock.now(),
        },
    )
    # The other half of a double click may have been faster, or another device.
    if await tips.own(tx, sent.organization_id, tip_id) is None:
        raise FormUsedElsewhere
    return _Recorded(tip_id, given=False)


def _words(sent: _Sent, text: TipText) -> dict[str, object]:
    return {
        "amount_minor": text.amount.minor,
        "covers_fee": sent.covers_fee,
        "guest_name": text.guest_name,
        "message": text.message,
        "updated_at": clock.now(),
    }


def _says(known: OwnTip, sent: _Sent, text: TipText) -> bool:
    """Whether a tip says what the form says now."""
    return (known.amount, known.covers_fee, known.guest_name, known.message) == (
        text.amount,
        sent.covers_fee,
        text.guest_name,
        text.message,
    )
