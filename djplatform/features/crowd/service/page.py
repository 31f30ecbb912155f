"""The page of a DJ as a fan meets it: who it is, what can be given, what was typed before."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from djplatform.core import clock
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import InvalidInput, NotFound
from djplatform.core.i18n import t
from djplatform.core.ids import new_id, parse_id
from djplatform.core.money import Money
from djplatform.core.signing import seal, sign, unsign
from djplatform.features.accounts import service as accounts
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import (
    CUSTOM,
    Dj,
    EarlierTip,
    GiveTip,
    Offer,
    TipForm,
    TipPage,
)
from djplatform.features.crowd.repo import settings as settings_repo
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.repo.tips import OwnTip
from djplatform.features.crowd.rules import TipLimits, TipStatus
from djplatform.features.crowd.service.limits import limits_of, target_from
from djplatform.features.crowd.service.prices import KIND, offers_of
from djplatform.features.events import service as events
from djplatform.features.payments import service as payments
from djplatform.features.profiles import service as profiles

KEEPS_FOR = timedelta(hours=2)
"""How long a tip that was begun and left is offered again; as long as a checkout stays open."""
_TOKEN = "tip"  # noqa: S105 a purpose, not a secret


def new_token() -> str:
    """A form's token: the id of the tip that it will make, sealed so that nobody can invent one.

    Sent twice, it names the same tip: that is why a double click pays once.
    """
    return sign(_TOKEN, str(new_id()))


def tip_of(token: str) -> UUID | None:
    """The tip that a form's token names, if we made the token."""
    return parse_id(unsign(_TOKEN, token) or "")


def device_of_form(tip_id: UUID) -> UUID:
    """The device id of a browser that has none yet: the same for every copy of one form.

    Two clicks of a first visit would otherwise come from two devices, and pay twice.
    """
    return UUID(hex=seal("tip-device", str(tip_id))[:32])


async def public_dj(slug: str) -> Dj:
    """The DJ of an address, as everybody may see it.

    Raises:
        NotFound: no such DJ, or not published.
    """
    async with unit(Scope.public()) as tx:
        return await find_dj(tx, slug)


async def find_dj(tx: Tx, slug: str) -> Dj:
    """The DJ of an address, in a public scope.

    Raises:
        NotFound: no such DJ, or not published.
    """
    if not rules.may_be_slug(slug):
        raise NotFound
    organization = await accounts.organization_by_slug(tx, slug)
    profile = organization and await profiles.public_profile(tx, organization.id)
    if not organization or not profile:
        raise NotFound
    target = target_from(organization)
    return Dj(
        target=target,
        brand=await accounts.brand(tx, target.brand),
        stage_name=profile.stage_name,
        bio=profile.bio,
        home_town=profile.home_town,
        picture=profile.picture(target.brand),
        event=await events.public_event(tx, target.organization_id),
    )


async def tip_page(
    slug: str, device_id: UUID | None, *, again: UUID | None = None, form: TipForm | None = None
) -> TipPage:
    """The page with its form: as it was sent (`form`), else as this device left it.

    Args:
        slug: whose page.
        device_id: the visitor's, if there is one.
        again: the payment whose checkout the fan came back from.
        form: what was sent and could not be used.

    Raises:
        NotFound: no such DJ, or not published.
    """
    dj = await public_dj(slug)
    # Prices are read in a guest's scope; a visitor without a device owns nothing there.
    async with unit(Scope.guest(dj.target.organization_id, device_id or new_id())) as tx:
        readiness = await payments.payment_readiness(tx, dj.target.organization_id)
        limits = await limits_of(tx, dj.target)
        if not readiness.ready or limits is None:
            form = form or TipForm(new_token(), GiveTip())
            return TipPage(dj, readiness.payer_text, limits, (), None, form)
        if form is not None:
            return await _open_page(tx, dj, limits, form)
        if again is not None:
            return await _open_page(tx, dj, limits, await _form_again(tx, dj, limits, again))
        return await _fresh_page(tx, dj, limits)


def tips_closed(dj: Dj) -> payments.PaymentsClosed:
    """Why nothing can be given to a DJ who has not said the country yet."""
    return payments.PaymentsClosed(
        t("{name} is not taking tips here yet. Please come back soon.", name=dj.stage_name)
    )


async def _fresh_page(tx: Tx, dj: Dj, limits: TipLimits) -> TipPage:
    """A new form, so that it makes a tip of its own, and what the device's last one came to."""
    since = clock.now() - KEEPS_FOR
    last = await tips.own_latest(tx, dj.target.organization_id, since)
    left = last if last and last.status == TipStatus.CREATED else None
    page = await _open_page(tx, dj, limits, TipForm(new_token(), _typed(left, limits)))
    return replace(page, earlier=await _earlier(tx, last)) if last else page


async def _earlier(tx: Tx, tip: OwnTip) -> EarlierTip | None:
    attempts = await payments.attempts(tx, KIND, tip.id)
    if not attempts or tip.status in (TipStatus.EXPIRED, TipStatus.FAILED):
        return None
    return EarlierTip(attempts[0].id, tip.amount, paid=tip.status != TipStatus.CREATED)


async def _form_again(tx: Tx, dj: Dj, limits: TipLimits, payment_id: UUID) -> TipForm:
    """The form as the fan left it for a checkout; sent again, it goes on with the same tip."""
    left = await _tip_of_payment(tx, dj, payment_id)
    # A tip that was given is not offered again as if it had been lost.
    if left is None or left.status in (TipStatus.PAID, TipStatus.PENDING):
        return TipForm(new_token(), _typed(None, limits))
    same = left.status == TipStatus.CREATED
    return TipForm(sign(_TOKEN, str(left.id)) if same else new_token(), _typed(left, limits))


async def _tip_of_payment(tx: Tx, dj: Dj, payment_id: UUID) -> OwnTip | None:
    try:
        payment = await payments.payment_status(tx, payment_id)
    except NotFound:
        return None
    return await tips.own(tx, dj.target.organization_id, payment.subject_id)


def _typed(left: OwnTip | None, limits: TipLimits) -> GiveTip:
    """What was typed for a tip, else an empty form with the second offer chosen."""
    if left is None or left.currency != limits.currency:
        middle = limits.presets[min(1, len(limits.presets) - 1)]
        return GiveTip(amount=middle.plain())
    offered = left.amount in limits.presets
    return GiveTip(
        amount=left.amount.plain() if offered else CUSTOM,
        custom_amount="" if offered else left.amount.plain(),
        guest_name=left.guest_name,
        message=left.message,
        covers_fee=left.covers_fee,
    )


async def _open_page(tx: Tx, dj: Dj, limits: TipLimits, form: TipForm) -> TipPage:
    """The page with every offer worked out, and the typed amount when it can be used."""
    own = _own_amount(form.typed, limits)
    amounts = [*limits.presets, *([own] if own else [])]
    offers = await offers_of(tx, dj.target.organization_id, amounts)
    count = len(limits.presets)
    return TipPage(dj, "", limits, offers[:count], offers[count] if own else None, form)


def _own_amount(typed: GiveTip, limits: TipLimits) -> Money | None:
    if not typed.custom_amount and typed.amount in ("", CUSTOM):
        return None
    try:
        amount = rules.check_amount(typed.amount_text, limits)
    except InvalidInput:
        return None
    return None if amount in limits.presets else amount


async def quote_amount(slug: str, amount: str) -> Offer:
    """What becomes of an amount that a fan is typing.

    Raises:
        NotFound: no such DJ.
        PaymentsClosed: the DJ takes no tips.
        InvalidInput: under `amount`.
    """
    dj = await public_dj(slug)
    async with unit(Scope.guest(dj.target.organization_id, new_id())) as tx:
        limits = await limits_of(tx, dj.target)
        if limits is None:
            raise tips_closed(dj)
        accepted = rules.check_amount(amount, limits)
        (offer,) = await offers_of(tx, dj.target.organization_id, [accepted])
    return offer


async def tip_addresses(brand: str | None) -> list[str]:
    """The slugs of a brand's published DJs, or of all of them, for a sitemap."""
    async with unit(Scope.public()) as tx:
        published = await profiles.published_profiles(tx)
        ids = [profile.organization_id for profile in published]
        return list(await settings_repo.slugs(tx, ids, brand))
