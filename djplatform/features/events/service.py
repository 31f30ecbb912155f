"""Events: tonight, and every other night."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from djplatform.core import clock
from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Tx
from djplatform.core.errors import InvalidInput, NotFound, PermissionDenied
from djplatform.core.i18n import t
from djplatform.core.ids import new_id
from djplatform.core.operation import operation
from djplatform.features.events import repo, rules
from djplatform.features.events.dto import EventView, PublicEvent, StartedNight, StartTonight
from djplatform.features.events.rules import EventKind, EventMove, EventStatus, Visibility

PAGE = 50


@operation(Permission.EVENTS_WRITE, audited=True)
async def start_tonight(tx: Tx, actor: Actor, cmd: StartTonight) -> StartedNight:
    """Start tonight's event. When one runs already, say which, and change nothing.

    Raises:
        InvalidInput: by field.
    """
    organization_id = actor.workplace
    running = await repo.live(tx, organization_id)
    if running is None and await repo.insert_live(tx, _tonight(organization_id, cmd)):
        return StartedNight(await _live(tx, organization_id), already_running=False)
    # Lost against a second click: by now the winner's row is committed.
    return StartedNight(running or await _live(tx, organization_id), already_running=True)


@operation(Permission.EVENTS_WRITE, audited=True)
async def end_event(tx: Tx, actor: Actor, event_id: UUID) -> EventView:
    """End a running event. Ending an ended one changes nothing.

    Raises:
        NotFound: no event of this organization has that id.
        EventCannotMove: it never ran.
    """
    found = await repo.get_for(tx, actor, event_id, for_update=True)
    if found is None:
        await _event(tx, actor, event_id)
        raise PermissionDenied  # seen, but not to be written: the role was taken away just now
    status = rules.after(EventStatus(found.status), EventMove.END)
    if found.status != status:
        at = clock.now()
        values = {"status": status.value, "ended_at": at, "updated_at": at}
        await repo.change(tx, actor.workplace, event_id, values)
    return await _event(tx, actor, event_id)


@operation(Permission.EVENTS_READ)
async def current_event(tx: Tx, actor: Actor) -> EventView | None:
    """Show the event that runs now, or none."""
    return await repo.live(tx, actor.workplace)


@operation(Permission.EVENTS_READ)
async def list_events(
    tx: Tx,
    actor: Actor,
    before: datetime | None = None,
    limit: Annotated[int, Field(ge=1, le=PAGE)] = PAGE,
) -> Sequence[EventView]:
    """List events, the latest first; `before` is the start of the last one shown."""
    return await repo.page(tx, actor.workplace, limit=min(limit, PAGE), before=before)


@operation(Permission.EVENTS_READ)
async def event(tx: Tx, actor: Actor, event_id: UUID) -> EventView:
    """Show one event.

    Raises:
        NotFound: no event of this organization has that id.
    """
    return await _event(tx, actor, event_id)


async def public_event(tx: Tx, organization_id: UUID) -> PublicEvent | None:
    """The public event that runs now, for a page of everybody (scope public or guest)."""
    return await repo.public_live(tx, organization_id)


async def event_at(tx: Tx, organization_id: UUID, moment: datetime) -> UUID | None:
    """The event that was running at a moment, public or private; for jobs (scope system)."""
    return await repo.running_at(tx, organization_id, moment)


async def _event(tx: Tx, actor: Actor, event_id: UUID) -> EventView:
    found = await repo.get_for(tx, actor, event_id)
    if found is None:
        raise NotFound
    return found


async def _live(tx: Tx, organization_id: UUID) -> EventView:
    found = await repo.live(tx, organization_id)
    if found is None:
        # It ended between the two statements; nothing is wrong, and nothing was started.
        raise NotFound(t("No event is running right now. Please try again."))
    return found


def _tonight(organization_id: UUID, cmd: StartTonight) -> dict[str, object]:
    text = rules.check(cmd.title, cmd.venue, cmd.time_zone)
    if cmd.visibility not in set(Visibility):
        raise InvalidInput(visibility=t("Please choose public or private."))
    at = clock.now()
    return {
        "organization_id": organization_id,
        "id": new_id(),
        "kind": EventKind.GIG.value,
        "status": EventStatus.LIVE.value,
        "visibility": cmd.visibility,
        "title": text.title,
        "venue": text.venue,
        "time_zone": text.time_zone,
        "starts_at": at,
        "created_at": at,
        "updated_at": at,
    }
