"""The webhook inbox, and whose object at Stripe is whose."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.ids import new_id
from djplatform.features.payments.models import InboxEvent

E = SQLModel.metadata.tables["inbox"].c
R = SQLModel.metadata.tables["external_refs"].c


async def receive(tx: Tx, event: Mapping[str, Any]) -> UUID | None:
    """Put a verified event into the inbox; None when it is there already."""
    event_id = new_id()
    # Without a conflict target: naming one would need the right to read its columns.
    statement = (
        insert(InboxEvent)
        .values(id=event_id, received_at=clock.now(), **event)
        .on_conflict_do_nothing()
        .execution_options(preserve_rowcount=True)
    )
    added = await tx.session.execute(statement)
    return event_id if cast("CursorResult[Any]", added).rowcount == 1 else None


async def inbox_event(tx: Tx, event_id: UUID) -> InboxEvent | None:
    """An event of the inbox."""
    return (
        await tx.session.execute(select(InboxEvent).where(E.id == event_id))
    ).scalar_one_or_none()


async def stamp(tx: Tx, event_id: UUID, problem: str = "") -> bool:
    """Mark an event as handled; False when another run of its job was first."""
    done = await tx.session.execute(
        update(InboxEvent)
        .where(E.id == event_id, E.handled_at.is_(None))
        .values(handled_at=clock.now(), problem=problem)
    )
    return cast("CursorResult[Any]", done).rowcount == 1


async def note_problem(tx: Tx, event_id: UUID, problem: str) -> None:
    """Write beside an event why it could not be applied."""
    await tx.session.execute(update(InboxEvent).where(E.id == event_id).values(problem=problem))


async def stale_events(tx: Tx, seconds: int) -> int:
    """How many events wait for longer than that."""
    found = await tx.session.execute(text("select app.stale_events(:s)"), {"s": seconds})
    return found.scalar_one()


async def in_need(tx: Tx, late: datetime, since: datetime) -> list[InboxEvent]:
    """Events that wait since before `late`, or have a problem and came after `since`."""
    waiting = E.handled_at.is_(None) & (E.received_at < late)
    wrong = (E.problem != "") & (E.received_at >= since)
    query = select(InboxEvent).where(waiting | wrong).order_by(E.received_at).limit(200)
    return list((await tx.session.execute(query)).scalars())


async def find(tx: Tx, event_id: UUID | None, external_id: str) -> list[InboxEvent]:
    """Events by our own id, else by the processor's; two brands might share that."""
    wanted = E.id == event_id if event_id else E.external_id == external_id
    found = await tx.session.execute(select(InboxEvent).where(wanted).with_for_update())
    return list(found.scalars())


async def reopen(tx: Tx, event_id: UUID) -> None:
    """Take the stamp and the problem off an event, so that it is handled again."""
    await tx.session.execute(
        update(InboxEvent).where(E.id == event_id).values(handled_at=None, problem="")
    )


async def organization_of(tx: Tx, brand: str, external_id: str) -> UUID | None:
    """Whose object at Stripe it is."""
    found = await tx.session.execute(
        select(R.organization_id).where(
            R.provider == "stripe",
            R.account == brand,
            R.external_id == external_id,
        )
    )
    return found.scalar_one_or_none()
