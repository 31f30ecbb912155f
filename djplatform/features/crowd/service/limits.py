"""What a DJ takes and offers."""

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Tx
from djplatform.core.errors import Conflict
from djplatform.core.ids import new_id
from djplatform.core.operation import operation
from djplatform.features.accounts import service as accounts
from djplatform.features.accounts.dto import OrganizationView
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import Target, TipSettingsView, UpdateTipSettings
from djplatform.features.crowd.repo import settings as repo
from djplatform.features.crowd.rules import TipLimits
from djplatform.features.payments.service import least_charge

NEUTRAL = "neutral"
"""The brand of an organization that belongs to no product."""


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
        brand=found.product or NEUTRAL,
        currency=found.currency,
    )


@operation(Permission.TIPS_READ)
async def tip_settings(tx: Tx, actor: Actor) -> TipSettingsView:
    """Show limits and offers of tips.

    Raises:
        CurrencyUnknown: the organization has no country yet.
    """
    target = await target_of(tx, actor)
    if target.currency is None:
        raise CurrencyUnknown
    chosen = await repo.limits(tx, target.organization_id, target.currency)
    return _view(chosen or rules.default_limits(least_charge(target.currency)), bool(chosen))


@operation(Permission.TIPS_CONFIGURE, audited=True)
async def update_tip_settings(tx: Tx, actor: Actor, cmd: UpdateTipSettings) -> TipSettingsView:
    """Set the least, the most and the offered amounts of tips.

    Raises:
        CurrencyUnknown: the organization has no country yet.
        InvalidInput: by field: `least`, `most`, `presets`.
    """
    target = await target_of(tx, actor)
    if target.currency is None:
        raise CurrencyUnknown
    limits = rules.check_limits(cmd.least, cmd.most, cmd.presets, least_charge(target.currency))
    await repo.put(
        tx,
        {
            "organization_id": target.organization_id,
            "id": new_id(),
            "currency": limits.currency,
            "least_minor": limits.least.minor,
            "most_minor": limits.most.minor,
            "presets_minor": [amount.minor for amount in limits.presets],
            "updated_at": clock.now(),
        },
    )
    return _view(limits, chosen=True)


def _view(limits: TipLimits, chosen: bool) -> TipSettingsView:
    return TipSettingsView(
        currency=limits.currency,
        least=limits.least.plain(),
        most=limits.most.plain(),
        presets=tuple(amount.plain() for amount in limits.presets),
        chosen=chosen,
    )
