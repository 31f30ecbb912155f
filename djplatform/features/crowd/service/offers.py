"""Amounts with what becomes of them, as the fee engine works it out."""

from collections.abc import Sequence
from uuid import UUID

from djplatform.core.db import Tx
from djplatform.core.money import Money
from djplatform.features.crowd.dto import Offer
from djplatform.features.payments import service as payments

KIND = "tip"


async def offers_of(tx: Tx, organization_id: UUID, amounts: Sequence[Money]) -> tuple[Offer, ...]:
    """Each amount with both its quotes; in a guest's or a member's scope.

    Raises:
        NotFound: no such organization in this scope.
    """
    wanted = [(amount, covered) for amount in amounts for covered in (False, True)]
    quotes = await payments.quote_payments(tx, organization_id, KIND, wanted)
    return tuple(
        Offer(amount, quotes[2 * place], quotes[2 * place + 1])
        for place, amount in enumerate(amounts)
    )
