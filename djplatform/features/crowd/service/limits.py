"""What a DJ takes and offers."""

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Tx
from djplatform.core.errors import Conflict
from djplatform.core.ids import new_id
from djplatform.core.money import parse_amount
from djplatform.core.operation import operation
from djplatform.features.accounts import service as accounts
from djplatform.features.accounts.dto import OrganizationView
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import Offer, Target, TipSettingsView, UpdateTipSettings
from djplatform.features.crowd.repo import settings as repo
from djplatform.features.crowd.rules import TipLimits
from djplatform.features.crowd.service.prices import offers_of
from djplatform.features.payments.service import least_charge


class CurrencyUnknown(Conflict):
    """Please choose your country first: it decides the currency."""


async def limits_of(tx: Tx, target: Target) -> TipLimits | None:
    """The limits that hold for an organization; None while it has no currency."""
    if target.currency is None:
        return None
    found = await repo.limits(tx, target.organization_id, target.currency)
    return found or rules.default_limits(least_charge(target.currency))


async def target_of(tx: Tx, actor: Actor) -> Target:
    """The actor's own organization.

    Raises:
        NotFound: there is none in this scope.
    """
    return target_from(await accounts.organization(tx, actor))


def target_from(found: OrganizationView) -> Target:
    """What the crowd needs to know of an organization."""
    return Target(
        organization_id=found.id,
        slug=found.slug,
        name=found.name,
        brand=found.brand,
        currency=found.currency,
    )


async def paid_in(tx: Tx, actor: Actor) -> tuple[Target, str]:
    """The actor's own organization and the currency that it is tipped in.

    Raises:
        CurrencyUnknown: the organization has no country yet.
    """
    target = await target_of(tx, actor)
    if target.currency is None:
        raise CurrencyUnknown
    return target, target.currency


@operation(Permission.TIPS_READ)
async def tip_settings(tx: Tx, actor: Actor) -> TipSettingsView:
    """Show limits and offers of tips, and what each offer leaves the DJ.

    Raises:
        CurrencyUnknown: the organization has no country yet.
    """
    target, currency = await paid_in(tx, actor)
    chosen = await repo.limits(tx, target.organization_id, currency)
    limits = chosen or rules.default_limits(least_charge(currency))
    return await _view(tx, target, limits, chosen=chosen is not None)


@operation(Permission.TIPS_CONFIGURE, audited=True)
async def update_tip_settings(tx: Tx, actor: Actor, cmd: UpdateTipSettings) -> TipSettingsView:
    """Set the least, the most and the offered amounts of tips.

    Raises:
        CurrencyUnknown: the organization has no country yet.
        InvalidInput: by field: `least`, `most`, `presets`, `presets.0` for the first of them.
    """
    target, currency = await paid_in(tx, actor)
    limits = rules.check_limits(cmd.least, cmd.most, cmd.presets, least_charge(currency))
    await repo.put(
        tx,
        {
            "organization_id": target.organization_id,
            "id": new_id(),
            "currency": currency,
            "least_minor": limits.least.minor,
            "most_minor": limits.most.minor,
            "presets_minor": [amount.minor for amount in limits.presets],
            "updated_at": clock.now(),
        },
    )
    return await _view(tx, target, limits, chosen=True)


@operation(Permission.TIPS_READ)
async def quote_tip(tx: Tx, actor: Actor, amount: str) -> Offer:
    """Show what a tip of a typed amount would leave the DJ, whether it is offered or not.

    Raises:
        CurrencyUnknown: the organization has no country yet.
        InvalidInput: under `amount`.
    """
    target, currency = await paid_in(tx, actor)
    (offer,) = await offers_of(tx, target.organization_id, [parse_amount(amount, currency)])
    return offer


async def _view(tx: Tx, target: Target, limits: TipLimits, *, chosen: bool) -> TipSettingsView:
    return TipSettingsView(
        currency=limits.currency,
        least=limits.least.plain(),
        most=limits.most.plain(),
        presets=tuple(amount.plain() for amount in limits.presets),
        offers=await offers_of(tx, target.organization_id, limits.presets),
        chosen=chosen,
    )
