"""Screens: what shows many features at once, each read in the caller's one unit of work."""

from uuid import UUID
from zoneinfo import available_timezones

from babel.numbers import get_currency_symbol

from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import Conflict, InvalidInput, PermissionDenied
from djplatform.core.i18n import current_language
from djplatform.core.operation import operation
from djplatform.features.accounts import paths as account_paths
from djplatform.features.accounts import service as accounts
from djplatform.features.accounts.dto import OrganizationView
from djplatform.features.crowd import paths as crowd_paths
from djplatform.features.crowd import service as crowd
from djplatform.features.events import service as events
from djplatform.features.events.dto import StartTonight
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import EarningsQuery
from djplatform.features.profiles import service as profiles
from djplatform.features.screens.dto import (
    BoothView,
    DashboardView,
    EarningsScreen,
    FanPageScreen,
    FrontDoor,
    NightRow,
    NightSumRow,
    OfferRow,
    PaymentRow,
    PlatformRow,
    PosterForm,
    TipRow,
    TipsForm,
    TotalsRow,
)
from djplatform.settings import settings

PAGE = 25
"""Payments on a page of earnings."""
LATEST = 8
"""Tips on a dashboard."""
NIGHTS = 5
"""Nights in a list beside others."""
OFFERS = crowd.PRESETS_MOST
"""Fields for offered amounts."""
PLATFORM_ADMIN = "platform_admin"


async def front_door(brand: str, *, known_host: bool) -> FrontDoor:
    """What the front door of a brand tells a stranger; opens its own units of work."""
    return FrontDoor(
        price=await crowd.brand_price(brand),
        countries=len(payable_countries()),
        contact=settings().contact_address,
        real_host="" if known_host else (await accounts.main_brand()).host,
    )


@operation(Permission.CONSOLE_READ)
async def dashboard(tx: Tx, actor: Actor) -> DashboardView:
    """Show what is to do first, tonight, what was earned, the latest tips and nights."""
    here = await accounts.organization(tx, actor)
    account = await payments.account_status(tx, actor)
    night = await events.current_event(tx, actor)
    tips = await crowd.list_tips(tx, actor, limit=LATEST)
    profile = await profiles.profile(tx, actor)
    return DashboardView(
        landing=account_paths.landing(here.product),
        organization_id=here.id,
        country=here.country or "",
        account_state=account.state,
        account_text=account.text,
        page=await _page(tx, here),
        slug=here.slug,
        night=NightRow.of(night) if night else None,
        totals=await _totals(tx, actor, here),
        tips=tuple(TipRow.of(tip) for tip in tips),
        nights=await _nights(tx, actor, here),
        published=profile.published,
    )


async def _nights(tx: Tx, actor: Actor, here: OrganizationView) -> tuple[NightSumRow, ...]:
    """The latest nights with their sums; none while there is no currency to count in."""
    if here.currency is None:
        return ()
    return tuple(NightSumRow.of(one) for one in await crowd.tips_by_night(tx, actor, NIGHTS))


async def _totals(
    tx: Tx, actor: Actor, here: OrganizationView, event_id: UUID | None = None
) -> TotalsRow | None:
    """All tips, or those of a night; none while there is no currency to count them in."""
    if here.currency is None:
        return None
    return TotalsRow.of_tips(await crowd.tips_summary(tx, actor, event_id))


async def _page(tx: Tx, here: OrganizationView) -> str:
    """The tip page at the brand's own host; in a local network at this machine's name."""
    host = settings().lan_host
    if not host:
        host = (await accounts.brand(tx, here.brand)).host
    return accounts.address(host, crowd_paths.tip_page(here.slug))


@operation(Permission.TIPS_READ)
async def booth(tx: Tx, actor: Actor, event_id: UUID) -> BoothView:
    """Show a night's running total and its latest tips, and what the crowd scans.

    Raises:
        NotFound: no event of this organization has that id.
    """
    night = await events.event(tx, actor, event_id)
    here = await accounts.organization(tx, actor)
    profile = await profiles.profile(tx, actor)
    tips = await crowd.list_tips(tx, actor, event_id)
    return BoothView(
        night=NightRow.of(night),
        dj=profile.stage_name,
        page=await _page(tx, here),
        totals=await _totals(tx, actor, here, event_id),
        tips=tuple(TipRow.of(tip) for tip in tips),
    )


def payable_countries() -> tuple[str, ...]:
    """The countries in which a DJ can be paid, as ISO 3166 codes."""
    return accounts.payable_countries()


async def say_country(tx: Tx, actor: Actor, country: str) -> None:
    """Say where the organization is paid.

    Raises:
        InvalidInput: under `country`, also when payments were taken in another currency.
    """
    try:
        await accounts.choose_country(tx, actor, country)
    except Conflict as fixed:
        raise InvalidInput(country=fixed.message) from fixed


async def open_night(tx: Tx, actor: Actor, title: str, venue: str, time_zone: str) -> NightRow:
    """Start tonight's event, or find the one that runs already.

    Raises:
        InvalidInput: under `title` or `venue`.
    """
    # The zone comes from the browser, not from a person who could mend it.
    zone = time_zone if time_zone in available_timezones() else "UTC"
    command = StartTonight(title=title, venue=venue, time_zone=zone)
    return NightRow.of((await events.start_tonight(tx, actor, command)).event)


@operation(Permission.PROFILE_UPDATE)
async def fan_page(tx: Tx, actor: Actor) -> FanPageScreen:
    """Show how the fan page looks and what it takes, as a form holds it."""
    here = await accounts.organization(tx, actor)
    profile = await profiles.profile(tx, actor)
    settings = await crowd.tip_settings(tx, actor) if here.currency else None
    offers = [OfferRow.of(offer) for offer in settings.offers] if settings else []
    return FanPageScreen(
        brand=here.brand,
        page=await _page(tx, here),
        slug=here.slug,
        poster=PosterForm.of(profile),
        tips=TipsForm.of(settings, OFFERS) if settings else None,
        symbol=_symbol(here.currency),
        offers=(*offers, *[OfferRow()] * (OFFERS - len(offers))),
    )


def _symbol(currency: str | None) -> str:
    return get_currency_symbol(currency, locale=current_language()) if currency else ""


async def save_fan_page(
    tx: Tx, actor: Actor, poster: PosterForm, tips: TipsForm | None
) -> FanPageScreen:
    """Change the fan page, all of it or nothing; what is as it was is left alone.

    Args:
        tx: the caller's unit, which a refusal has to end.
        actor: who wants it.
        poster: how the page looks.
        tips: what is taken and offered; None from who may not say so.

    Raises:
        InvalidInput: by field, of both.
        CurrencyUnknown: what is taken cannot be said before the country is.
    """
    before = await fan_page(tx, actor)
    errors: dict[str, str] = {}
    if poster != before.poster:
        try:
            await profiles.update_profile(tx, actor, poster.command())
        except InvalidInput as refused:
            errors |= refused.fields
    if tips is not None and tips != before.tips:
        try:
            await crowd.update_tip_settings(tx, actor, tips.command())
        except InvalidInput as refused:
            errors |= refused.fields
    if errors:
        raise InvalidInput(**errors)
    return await fan_page(tx, actor)


async def work_out(tx: Tx, actor: Actor, amount: str) -> OfferRow:
    """Say what a typed amount would leave the DJ, or why it is none.

    Raises:
        CurrencyUnknown: the organization has no country yet.
    """
    if not amount.strip():
        return OfferRow()
    try:
        return OfferRow.of(await crowd.quote_tip(tx, actor, amount))
    except InvalidInput as refused:
        return OfferRow(problem=refused.fields["amount"])


@operation(Permission.PAYMENTS_READ)
async def earnings_screen(tx: Tx, actor: Actor, before: UUID | None = None) -> EarningsScreen:
    """Show gross, fee and net by currency and night, the account, and a page of payments."""
    earned = await payments.earnings(tx, actor, EarningsQuery(before=before, limit=PAGE))
    account = await payments.account_status(tx, actor)
    here = await accounts.organization(tx, actor)
    return EarningsScreen(
        totals=tuple(TotalsRow.of(totals) for totals in earned.totals),
        payments=tuple(PaymentRow.of(payment) for payment in earned.payments),
        nights=await _nights(tx, actor, here),
        next_before=str(earned.next_before or ""),
        account_state=account.state,
        account_text=account.text,
    )


async def platform_screen(actor: Actor) -> tuple[PlatformRow, ...]:
    """Show what the platform keeps over all tenants; opens an audited unit of its own.

    Raises:
        PermissionDenied: the actor is no platform admin. The database asks again.
    """
    actor.require(Permission.ACCOUNT_SELF)
    if PLATFORM_ADMIN not in actor.personas:
        raise PermissionDenied
    async with unit(Scope.platform(actor.person, "earnings of the platform")) as tx:
        found = await payments.platform_earnings(tx)
        brands = {key: await accounts.brand(tx, key) for key in {earned.brand for earned in found}}
    return tuple(PlatformRow.of(earned, brands[earned.brand].name) for earned in found)
