"""What was earned: the payee's side from the payments, the platform's side from the journal."""

from collections import defaultdict

from djplatform.core.actor import Actor, Permission
from djplatform.core.db import ScopeKind, Tx
from djplatform.core.errors import PermissionDenied
from djplatform.core.money import Money
from djplatform.core.operation import operation
from djplatform.features.ledger.service import PLATFORM, AccountKind, totals
from djplatform.features.payments.dto import (
    CurrencyEarnings,
    EarningsQuery,
    EarningsView,
    PlatformEarnings,
)
from djplatform.features.payments.repo import payments


@operation(Permission.PAYMENTS_READ)
async def earnings(tx: Tx, actor: Actor, query: EarningsQuery) -> EarningsView:
    """Show an organization's gross, application fee and net, and a page of its payments."""
    organization_id = actor.workplace
    found = await payments.paid_page(tx, organization_id, query.before, query.limit + 1)
    page = tuple(found[: query.limit])
    return EarningsView(
        totals=tuple(
            CurrencyEarnings(
                Money(gross, currency), Money(fee, currency), Money(gross - fee, currency), count
            )
            for currency, count, gross, fee in await payments.earned(tx, organization_id)
        ),
        payments=page,
        next_before=page[-1].id if len(found) > query.limit else None,
    )


async def platform_earnings(tx: Tx) -> tuple[PlatformEarnings, ...]:
    """Show what the platform keeps, by brand and currency, straight from the journal.

    Raises:
        PermissionDenied: the transaction is not a platform admin's.
    """
    if tx.scope.kind is not ScopeKind.PLATFORM:
        raise PermissionDenied
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for total in await totals(tx, PLATFORM):
        sums[total.brand, total.balance.currency][total.kind] = total.balance.minor
    waiting = await payments.unsettled(tx)
    return tuple(
        _platform_row(brand, currency, balances, waiting.get((brand, currency), 0))
        for (brand, currency), balances in sorted(sums.items())
    )


def _platform_row(
    brand: str, currency: str, balances: dict[str, int], awaiting: int
) -> PlatformEarnings:
    # Income is a credit, and credits are negative in the journal.
    fees = Money(-balances.get(AccountKind.FEES, 0), currency)
    costs = (AccountKind.PROCESSOR_COST, AccountKind.DISPUTE_COST)
    cost = Money(sum(balances.get(kind, 0) for kind in costs), currency)
    return PlatformEarnings(brand, fees, cost, fees - cost, awaiting)
