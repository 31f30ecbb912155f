"""Tips as the DJ sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Tx
from djplatform.core.operation import operation
from djplatform.features.crowd.dto import NightTips, TipsSummary, TipView
from djplatform.features.crowd.repo import tips
from djplatform.features.crowd.service.limits import paid_in, target_of
from djplatform.features.events import service as events

PAGE = 50
NIGHTS = 50


@operation(Permission.TIPS_READ)
async def list_tips(
    tx: Tx,
    actor: Actor,
    event_id: UUID | None = None,
    before: datetime | None = None,
    limit: Annotated[int, Field(ge=1, le=PAGE)] = PAGE,
) -> Sequence[TipView]:
    """List paid tips, the newest first: of one night, or all of them.

    `before` is the payment time of the last one shown.

    Raises:
        NotFound: no event of this organization has that id.
    """
    target = await target_of(tx, actor)
    if event_id is not None:
        await events.event(tx, actor, event_id)
    return await tips.paid(
        tx, target.organization_id, event_id=event_id, before=before, limit=min(limit, PAGE)
    )


@operation(Permission.TIPS_READ)
async def tips_summary(tx: Tx, actor: Actor, event_id: UUID | None = None) -> TipsSummary:
    """Show the running total: of one night, or of all time.

    Raises:
        NotFound: no event of this organization has that id.
        CurrencyUnknown: the organization has no country yet.
    """
    target, currency = await paid_in(tx, actor)
    if event_id is not None:
        await events.event(tx, actor, event_id)
    return await tips.summary(tx, target.organization_id, currency, event_id)


@operation(Permission.TIPS_READ)
async def tips_by_night(tx: Tx, actor: Actor, limit: int = NIGHTS) -> Sequence[NightTips]:
    """Show what each of the latest nights brought, those without a tip too.

    Raises:
        CurrencyUnknown: the organization has no country yet.
    """
    target, currency = await paid_in(tx, actor)
    nights = await events.list_events(tx, actor, limit=max(1, min(limit, NIGHTS)))
    ids = [night.id for night in nights]
    sums = await tips.by_event(tx, target.organization_id, currency, ids)
    nothing = TipsSummary.nothing(currency)
    return [NightTips(night, sums.get(night.id, nothing)) for night in nights]
