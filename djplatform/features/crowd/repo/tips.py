"""Tips: begun by guests, read by members, moved on by the worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from djplatform.core.db import Tx
from djplatform.core.money import Money
from djplatform.features.crowd.dto import TipsSummary, TipView
from djplatform.features.crowd.models import Tip

# A guest may read the own rows in these columns only.
_OWN = (
    col(Tip.id),
    col(Tip.amount_minor),
    col(Tip.currency),
    col(Tip.covers_fee),
    col(Tip.guest_name),
    col(Tip.message),
    col(Tip.status),
    col(Tip.created_at),
)
_SHOWN = (
    col(Tip.id),
    col(Tip.event_id),
    col(Tip.guest_name),
    col(Tip.message),
    col(Tip.status),
    col(Tip.currency),
    col(Tip.amount_minor),
    col(Tip.paid_minor),
    col(Tip.net_minor),
    col(Tip.refunded_minor),
    col(Tip.created_at),
    col(Tip.paid_at),
)

_SUMS = (
    # A tip that went back whole is none any more.
    func.count().filter(col(Tip.paid_minor) > 0),
    func.coalesce(func.sum(col(Tip.paid_minor)), 0),
    func.coalesce(func.sum(col(Tip.net_minor)), 0),
)


@dataclass(frozen=True, slots=True)
class OwnTip:
    """A tip as the device that gave it may see it."""

    id: UUID
    amount_minor: int
    currency: str
    covers_fee: bool
    guest_name: str
    message: str
    status: str
    created_at: datetime

    @property
    def amount(self) -> Money:
        """What the fan wants to give."""
        return Money(self.amount_minor, self.currency)


async def own(tx: Tx, organization_id: UUID, tip_id: UUID) -> OwnTip | None:
    """A tip of the guest's own device; a foreign one is as missing as an unknown one."""
    query = select(*_OWN).where(col(Tip.organization_id) == organization_id, col(Tip.id) == tip_id)
    row = (await tx.session.execute(query)).one_or_none()
    return OwnTip(*row) if row else None


async def own_latest(tx: Tx, organization_id: UUID, since: datetime) -> OwnTip | None:
    """The guest's latest tip, whatever became of it."""
    query = (
        select(*_OWN)
        .where(col(Tip.organization_id) == organization_id, col(Tip.created_at) >= since)
        .order_by(col(Tip.created_at).desc())
        .limit(1)
    )
    row = (await tx.session.execute(query)).one_or_none()
    return OwnTip(*row) if row else None


async def begin(tx: Tx, values: Mapping[str, Any]) -> None:
    """Add a tip in state created; nothing happens when its id exists already."""
    await tx.session.execute(insert(Tip).values(**values).on_conflict_do_nothing())


async def amend(tx: Tx, organization_id: UUID, tip_id: UUID, values: Mapping[str, Any]) -> bool:
    """Change a guest's own tip while it is only begun."""
    done = await tx.session.execute(
        update(Tip)
        .where(
            col(Tip.organization_id) == organization_id,
            col(Tip.id) == tip_id,
            col(Tip.status) == "created",
        )
        .values(**values)
    )
    return cast("CursorResult[Any]", done).rowcount == 1


async def lock(tx: Tx, organization_id: UUID, tip_id: UUID) -> Tip | None:
    """A tip whose row nobody else changes until commit; for jobs."""
    query = (
        select(Tip)
        .where(col(Tip.organization_id) == organization_id, col(Tip.id) == tip_id)
        .with_for_update()
    )
    return (await tx.session.execute(query)).scalar_one_or_none()


async def take_turns(tx: Tx, organization_id: UUID) -> None:
    """Until commit no other job of this organization passes here.

    A running total that is published must have seen every tip that was paid before it.
    """
    await tx.session.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"),
        {"key": f"tips:{organization_id}"},
    )


async def shown(tx: Tx, organization_id: UUID, tip_id: UUID) -> TipView:
    """A tip that is there, as the DJ sees it."""
    query = select(*_SHOWN).where(
        col(Tip.organization_id) == organization_id, col(Tip.id) == tip_id
    )
    return _view((await tx.session.execute(query)).one())


async def paid(
    tx: Tx,
    organization_id: UUID,
    *,
    event_id: UUID | None,
    before: datetime | None,
    limit: int,
) -> Sequence[TipView]:
    """Paid tips, the newest first; `before` is the payment time of the last one shown."""
    where = _paid(organization_id, event_id)
    if before is not None:
        where.append(col(Tip.paid_at) < before)
    query = (
        select(*_SHOWN)
        .where(*where)
        .order_by(col(Tip.paid_at).desc(), col(Tip.id).desc())
        .limit(limit)
    )
    return [_view(row) for row in await tx.session.execute(query)]


async def summary(
    tx: Tx, organization_id: UUID, currency: str, event_id: UUID | None
) -> TipsSummary:
    """How many paid tips there are in a currency, and what is left of their sums."""
    query = select(*_SUMS).where(*_paid(organization_id, event_id), col(Tip.currency) == currency)
    count, total, net = (await tx.session.execute(query)).one()
    return TipsSummary(count, Money(int(total), currency), Money(int(net), currency))


async def by_event(
    tx: Tx, organization_id: UUID, currency: str, event_ids: Sequence[UUID]
) -> dict[UUID, TipsSummary]:
    """The same for each of these nights at once; one without a paid tip is left out."""
    query = (
        select(col(Tip.event_id), *_SUMS)
        .where(
            *_paid(organization_id, None),
            col(Tip.currency) == currency,
            col(Tip.event_id).in_(event_ids),
        )
        .group_by(col(Tip.event_id))
    )
    return {
        event_id: TipsSummary(count, Money(int(total), currency), Money(int(net), currency))
        for event_id, count, total, net in await tx.session.execute(query)
        if event_id is not None
    }


def _paid(organization_id: UUID, event_id: UUID | None) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [
        col(Tip.organization_id) == organization_id,
        col(Tip.status) == "paid",
    ]
    if event_id is not None:
        where.append(col(Tip.event_id) == event_id)
    return where


def _view(row: Any) -> TipView:
    minor = (row.paid_minor + row.refunded_minor) or row.amount_minor
    return TipView(
        id=row.id,
        event_id=row.event_id,
        guest_name=row.guest_name,
        message=row.message,
        status=row.status,
        amount=Money(minor, row.currency),
        net=Money(row.net_minor, row.currency),
        refunded=Money(row.refunded_minor, row.currency),
        created_at=row.created_at,
        paid_at=row.paid_at,
    )
