"""What a DJ takes and offers, and the addresses of pages."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from djplatform.core.db import Tx
from djplatform.core.money import Money
from djplatform.features.crowd.models import TipSettings
from djplatform.features.crowd.rules import TipLimits


async def slugs(tx: Tx, organization_ids: Sequence[UUID], brand: str | None) -> Sequence[str]:
    """The addresses of those organizations, of one brand or all, in alphabetical order."""
    found = await tx.session.execute(
        text(
            "select slug from organizations where kind = 'tenant' and id = any(:ids) "
            "and coalesce(product_context, 'neutral') = "
            "coalesce(:brand, product_context, 'neutral') order by slug"
        ),
        {"ids": list(organization_ids), "brand": brand},
    )
    return list(found.scalars())


async def limits(tx: Tx, organization_id: UUID, currency: str) -> TipLimits | None:
    """What a DJ has set for a currency, or None."""
    query = select(
        col(TipSettings.least_minor), col(TipSettings.most_minor), col(TipSettings.presets_minor)
    ).where(
        col(TipSettings.organization_id) == organization_id,
        col(TipSettings.currency) == currency,
    )
    row = (await tx.session.execute(query)).one_or_none()
    if row is None:
        return None
    least, most, presets = row
    return TipLimits(
        Money(least, currency),
        Money(most, currency),
        tuple(Money(minor, currency) for minor in presets),
    )


async def put(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a DJ's settings, the first time or again."""
    changed = {k: v for k, v in values.items() if k not in ("organization_id", "id")}
    await tx.session.execute(
        insert(TipSettings)
        .values(**values)
        .on_conflict_do_update(index_elements=["organization_id"], set_=changed)
    )
