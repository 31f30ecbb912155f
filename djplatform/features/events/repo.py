"""Every query of the event feature."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from djplatform.core.actor import Actor
from djplatform.core.db import Tx
from djplatform.features.events.dto import EventView, PublicEvent
from djplatform.features.events.models import Event

_ALL = (
    col(Event.id),
    col(Event.kind),
    col(Event.status),
    col(Event.visibility),
    col(Event.title),
    col(Event.venue),
    col(Event.time_zone),
    col(Event.starts_at),
    col(Event.ended_at),
)
# Only what everybody may read: the public role has no right to the other columns.
_PUBLIC = (col(Event.id), col(Event.title), col(Event.venue), col(Event.status))


async def get_for(
    tx: Tx, actor: Actor, event_id: UUID, *, for_update: bool = False
) -> EventView | None:
    """One event of the actor's organization; a foreign id is as missing as an unknown one."""
    query = select(*_ALL).where(
        col(Event.organization_id) == actor.organization_id, col(Event.id) == event_id
    )
    if for_update:
        query = query.with_for_update()
    row = (await tx.session.execute(query)).one_or_none()
    return EventView(*row) if row else None


async def live(tx: Tx, organization_id: UUID) -> EventView | None:
    """The event that runs now, if one does."""
    query = select(*_ALL).where(
        col(Event.organization_id) == organization_id, col(Event.status) == "live"
    )
    row = (await tx.session.execute(query)).one_or_none()
    return EventView(*row) if row else None


async def public_live(tx: Tx, organization_id: UUID) -> PublicEvent | None:
    """The public event that runs now, in the columns that everybody may read."""
    query = select(*_PUBLIC).where(
        col(Event.organization_id) == organization_id, col(Event.status) == "live"
    )
    row = (await tx.session.execute(query)).one_or_none()
    return PublicEvent(*row) if row else None


async def running_at(tx: Tx, organization_id: UUID, moment: datetime) -> UUID | None:
    """The event that was running at a moment, the latest if two met there."""
    query = (
        select(col(Event.id))
        .where(
            col(Event.organization_id) == organization_id,
            col(Event.status).in_(["live", "ended"]),
            col(Event.starts_at) <= moment,
            or_(col(Event.ended_at).is_(None), col(Event.ended_at) > moment),
        )
        .order_by(col(Event.starts_at).desc())
        .limit(1)
    )
    return (await tx.session.execute(query)).scalar_one_or_none()


async def page(
    tx: Tx, organization_id: UUID, *, limit: int, before: datetime | None
) -> Sequence[EventView]:
    """Events, the latest first; `before` is the start of the last one on the page before."""
    where: list[ColumnElement[bool]] = [col(Event.organization_id) == organization_id]
    if before is not None:
        where.append(col(Event.starts_at) < before)
    query = (
        select(*_ALL)
        .where(*where)
        .order_by(col(Event.starts_at).desc().nulls_first(), col(Event.id).desc())
        .limit(limit)
    )
    return [EventView(*row) for row in await tx.session.execute(query)]


async def insert_live(tx: Tx, values: Mapping[str, Any]) -> bool:
    """Add an event that runs now; False when one runs already."""
    statement = (
        insert(Event)
        .values(**values)
        .on_conflict_do_nothing(
            index_elements=["organization_id"], index_where=text("status = 'live'")
        )
        .returning(col(Event.id))
    )
    return (await tx.session.execute(statement)).one_or_none() is not None


async def change(tx: Tx, organization_id: UUID, event_id: UUID, values: Mapping[str, Any]) -> None:
    """Write the columns of an event that this transaction has locked."""
    statement = (
        update(Event)
        .where(col(Event.organization_id) == organization_id, col(Event.id) == event_id)
        .values(**values)
        .returning(col(Event.id))
    )
    (await tx.session.execute(statement)).scalar_one()
