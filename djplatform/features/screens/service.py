"""Screens: what shows many features at once, each read in one unit of work."""

from uuid import UUID

from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import NotFound, PermissionDenied
from djplatform.core.i18n import current_language
from djplatform.core.money import Money
from djplatform.core.operation import operation
from djplatform.features.accounts import paths as account_paths
from djplatform.features.accounts import service as accounts
from djplatform.features.accounts.dto import OrganizationView
from djplatform.features.crowd import paths as crowd_paths
from djplatform.features.crowd import service as crowd
from djplatform.features.events import service as events
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import EarningsQuery
from djplatform.features.profiles import service as profiles
from djplatform.features.screens.dto import (
    BoothView,
    DashboardView,
    EarningsScreen,
    NightRow,
    PaymentRow,
    PlatformRow,
    TipRow,
    TotalsRow,
)
from djplatform.settings import settings

LATEST = 5
"""Tips on a dashboard."""
NEUTRAL = "neutral"
PLATFORM_ADMIN = "platform_admin"


@operation(Permission.CONSOLE_READ)
async def dashboard(tx: Tx, actor: Actor) -> DashboardView:
    """Show what is to do first, tonight, what was earned and the latest tips."""
    here = await accounts.organization(tx, actor)
    account = await payments.account_status(tx, actor)
    night = await events.current_event(tx, actor)
    tips = await crowd.list_tips(tx, actor, limit=LATEST)
    return DashboardView(
        landing=account_paths.landing(here.product),
        organization_id=here.id,
        country=here.country or "",
        account_state=account.state,
        account_text=account.text,
        page=await _page(tx, here),
        slug=here.slug,
        night=NightRow.of(night) if night else None,
        totals=await _totals(tx, actor, here.currency),
        tips=tuple(TipRow.of(tip) for tip in tips),
    )


async def _totals(tx: Tx, actor: Actor, currency: str | None) -> TotalsRow | None:
    """What was earned in the organization's currency, for those who may see it."""
    if not actor.can(Permission.PAYMENTS_READ) or currency is None:
        return None
    earned = await payments.earnings(tx, actor, EarningsQuery(limit=1))
    for totals in earned.totals:
        if totals.gross.currency == currency:
            return TotalsRow.of(totals)
    nothing = Money(0, currency).format(current_language())
    return TotalsRow(currency, 0, nothing, nothing, nothing)


async def _page(tx: Tx, here: OrganizationView) -> str:
    """The tip page at the brand's own host; in a local network at this machine's name."""
    host = settings().lan_host
    if not host:
        brand = await accounts.brand(tx, here.product or NEUTRAL)
        if brand is None:
            raise NotFound
        host = brand.host
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
    count, gross, net = 0, "", ""
    if here.currency is not None:
        total = await crowd.tips_summary(tx, actor, event_id)
        count, gross, net = total.count, total.total_text, total.net_text
    return BoothView(
        night=NightRow.of(night),
        dj=profile.stage_name,
        page=await _page(tx, here),
        count=count,
        gross=gross,
        net=net,
        tips=tuple(TipRow.of(tip) for tip in tips),
    )


@operation(Permission.PAYMENTS_READ)
async def earnings_screen(tx: Tx, actor: Actor, before: UUID | None = None) -> EarningsScreen:
    """Show gross, fee and net by currency, the account's state, and a page of payments."""
    earned = await payments.earnings(tx, actor, EarningsQuery(before=before, limit=25))
    account = await payments.account_status(tx, actor)
    return EarningsScreen(
        totals=tuple(TotalsRow.of(totals) for totals in earned.totals),
        payments=tuple(PaymentRow.of(payment) for payment in earned.payments),
        next_before=str(earned.next_before or ""),
        account_state=account.state,
        account_text=account.text,
        requirements=account.requirements,
    )


async def platform_screen(actor: Actor) -> tuple[PlatformRow, ...]:
    """Show what the platform keeps over all tenants; opens an audited unit of its own.

    Raises:
        PermissionDenied: the actor is no platform admin. The database asks again.
    """
    actor.require(Permission.ACCOUNT_SELF)
    if actor.user_id is None or PLATFORM_ADMIN not in actor.personas:
        raise PermissionDenied
    async with unit(Scope.platform(actor.user_id, "earnings of the platform")) as tx:
        return tuple(PlatformRow.of(earned) for earned in await payments.platform_earnings(tx))
