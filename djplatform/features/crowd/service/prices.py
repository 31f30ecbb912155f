"""What becomes of an amount, without the fee covered and with it."""

from collections.abc import Sequence
from uuid import UUID

from djplatform.core.db import Scope, Tx, unit
from djplatform.core.ids import PLATFORM_ORGANIZATION, new_id
from djplatform.core.money import Money
from djplatform.features.crowd import rules
from djplatform.features.crowd.dto import Offer, TipPrice
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import QuoteView

KIND = "tip"
"""What tips are called among the things that are paid for."""


def both_ways(amounts: Sequence[Money]) -> list[tuple[Money, bool]]:
    """Each amount twice, as quotes are asked for: plain, and with the fee covered."""
    return [(amount, covered) for amount in amounts for covered in (False, True)]


def as_offers(amounts: Sequence[Money], quotes: Sequence[QuoteView]) -> tuple[Offer, ...]:
    """The amounts with their quotes, which came `both_ways`."""
    return tuple(
        Offer(amount, plain, covered)
        for amount, plain, covered in zip(amounts, quotes[::2], quotes[1::2], strict=True)
    )


async def offers_of(tx: Tx, organization_id: UUID, amounts: Sequence[Money]) -> tuple[Offer, ...]:
    """What becomes of amounts that are tipped to an organization; in a guest's or member's scope.

    Raises:
        NotFound: no such organization in this scope.
    """
    quotes = await payments.quote_payments(tx, organization_id, KIND, both_ways(amounts))
    return as_offers(amounts, quotes)


async def brand_price(brand: str) -> TipPrice | None:
    """What tips cost under a brand, shown on the amounts that are offered at first.

    None while the brand takes no payments.
    """
    currency = payments.home_currency(brand)
    if currency is None:
        return None
    amounts = rules.default_limits(payments.least_charge(currency)).presets
    async with unit(Scope.guest(PLATFORM_ORGANIZATION, new_id())) as tx:
        found = await payments.price_list(tx, brand, KIND, both_ways(amounts))
    return TipPrice(found.terms_text, as_offers(amounts, found.quotes)) if found else None
