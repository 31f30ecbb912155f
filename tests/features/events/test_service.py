"""Tonight on the real database: one at a time, ended once, seen by those who may."""

import asyncio
from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core import clock
from djplatform.core.actor import Actor, Role
from djplatform.core.db import Scope, unit
from djplatform.core.errors import InvalidInput, NotFound, PermissionDenied
from djplatform.core.ids import new_id
from djplatform.features.events import repo, service
from djplatform.features.events.dto import StartTonight
from djplatform.features.events.rules import EventCannotMove

TONIGHT = StartTonight(title="Friday", venue="The Lantern Room", time_zone="Europe/London")


@pytest.fixture
def at(monkeypatch):
    """Moves the clock of business time; the scope's own expiry stays real."""

    def move(moment: str) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment))

    return move


async def start(actor, cmd=TONIGHT):
    async with unit(Scope.of(actor)) as tx:
        return await service.start_tonight(tx, actor, cmd)


async def end(actor, event_id):
    async with unit(Scope.of(actor)) as tx:
        return await service.end_event(tx, actor, event_id)


async def test_start_tonight_makes_one_event_and_says_which_runs(world, db) -> None:
    first = await start(world.mate)
    again = await start(world.owner, TONIGHT.model_copy(update={"title": "Other"}))
    assert not first.already_running
    assert again.already_running
    assert again.event == first.event
    assert (first.event.kind, first.event.status, first.event.where) == (
        "gig",
        "live",
        "Friday, The Lantern Room",
    )
    assert len(db.rows("select id from events")) == 1


async def test_many_at_once_start_one_night(world, db) -> None:
    started = await asyncio.gather(*(start(world.owner) for _ in range(5)))
    assert len({s.event.id for s in started}) == 1
    assert sorted(s.already_running for s in started) == [False, True, True, True, True]


async def test_each_organization_has_its_own_night(world) -> None:
    ours, theirs = await start(world.owner), await start(world.outsider)
    assert ours.event.id != theirs.event.id


async def test_it_ends_once_and_another_can_begin(world) -> None:
    first = (await start(world.owner)).event
    ended = await end(world.mate, first.id)
    assert ended.status == "ended"
    assert await end(world.owner, first.id) == ended
    async with unit(Scope.of(world.viewer)) as tx:
        assert await service.current_event(tx, world.viewer) is None
    second = await start(world.owner)
    assert not second.already_running
    async with unit(Scope.of(world.viewer)) as tx:
        listed = await service.list_events(tx, world.viewer)
    assert [e.id for e in listed] == [second.event.id, first.id]


async def test_pages_of_events_follow_each_other(world, at) -> None:
    ids = []
    for hour in range(3):
        at(f"2026-11-21T{hour:02d}:00:00Z")
        ids.append((await start(world.owner)).event.id)
        await end(world.owner, ids[-1])
    async with unit(Scope.of(world.owner)) as tx:
        first = await service.list_events(tx, world.owner, limit=2)
        rest = await service.list_events(tx, world.owner, before=first[-1].starts_at)
    assert [e.id for e in (*first, *rest)] == ids[::-1]


async def test_a_draft_cannot_end(world, db) -> None:
    event_id = new_id()
    db.rows(
        "insert into events (organization_id, id, kind, status, visibility, title, time_zone,"
        " created_at, updated_at) values (%s, %s, 'booking', 'draft', 'private', 'Wedding', 'UTC',"
        " now(), now())",
        world.a,
        event_id,
    )
    with pytest.raises(EventCannotMove, match="has not started"):
        await end(world.owner, event_id)


@pytest.mark.feature("9/events")
async def test_foreign_and_missing_ids_answer_alike_and_nothing_changes(world, db) -> None:
    event_id = (await start(world.owner)).event.id
    for target in (event_id, new_id()):
        with pytest.raises(NotFound):
            await end(world.outsider, target)
        with pytest.raises(NotFound):
            async with unit(Scope.of(world.outsider)) as tx:
                await service.event(tx, world.outsider, target)
    assert db.rows("select status from events") == [{"status": "live"}]


async def test_a_viewer_starts_and_ends_nothing(world, db) -> None:
    with pytest.raises(PermissionDenied):
        await start(world.viewer)
    event_id = (await start(world.owner)).event.id
    with pytest.raises(PermissionDenied):
        await end(world.viewer, event_id)
    # Whose role was taken away a moment ago is stopped by the database.
    claims = Actor(world.viewer.user_id, world.a, Role.MEMBER)
    with pytest.raises(PermissionDenied):
        await end(claims, event_id)
    assert db.rows("select status from events") == [{"status": "live"}]
    assert len(db.rows("select 1 from audit_log where action = 'events.end_event'")) == 0


async def test_a_night_that_ends_while_it_is_asked_for_is_said_and_starts_no_other(
    world, db, monkeypatch
) -> None:
    await start(world.mate)
    really_live, asked = repo.live, 0

    async def live(tx, organization_id):
        nonlocal asked
        asked += 1
        if asked == 1:
            return None  # asked before the other's click was committed
        db.rows("update events set status = 'ended', ended_at = now()")
        return await really_live(tx, organization_id)

    monkeypatch.setattr(repo, "live", live)
    with pytest.raises(NotFound, match="No event is running right now"):
        await start(world.owner)
    assert db.rows("select status from events") == [{"status": "ended"}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "x" * 10_000}, "title"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"visibility": "secret"}, "visibility"),
    ],
)
async def test_bad_input_names_its_field(world, db, change, field) -> None:
    with pytest.raises(InvalidInput) as refused:
        await start(world.owner, TONIGHT.model_copy(update=change))
    assert list(refused.value.fields) == [field]
    assert db.rows("select id from events") == []


@pytest.mark.feature("28/events", "33/events")
async def test_everybody_sees_a_public_night_while_it_runs_and_no_more(world) -> None:
    scopes = (Scope.public(), Scope.guest(world.a, world.device))

    async def seen(scope):
        async with unit(scope) as tx:
            return await service.public_event(tx, world.a)

    event = (await start(world.owner)).event
    for scope in scopes:
        assert (await seen(scope)).where == "Friday, The Lantern Room"
    for column in ("starts_at", "kind", "time_zone", "visibility"):
        for scope in scopes:
            with pytest.raises(DBAPIError, match="permission denied"):
                async with unit(scope) as tx:
                    await tx.session.execute(text(f"select {column} from events"))
    await end(world.owner, event.id)
    for scope in scopes:
        assert await seen(scope) is None
    await start(world.owner, TONIGHT.model_copy(update={"visibility": "private"}))
    for scope in scopes:
        assert await seen(scope) is None


async def test_the_event_of_a_moment_is_found_after_it_ended(world, at) -> None:
    async def running(moment):
        async with unit(Scope.system(world.a)) as tx:
            return await service.event_at(tx, world.a, moment)

    at("2026-11-21T20:00:00Z")
    event_id = (await start(world.owner)).event.id
    during = clock.now()
    at("2026-11-21T23:00:00Z")
    await end(world.owner, event_id)
    assert await running(during) == event_id
    assert await running(clock.now()) is None


async def test_times_are_shown_where_the_night_was(world, at) -> None:
    at("2026-07-03T20:30:00Z")
    event = (await start(world.owner)).event
    assert "9:30" in event.started_text
    assert event.ended_text == ""
