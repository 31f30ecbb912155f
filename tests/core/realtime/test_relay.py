"""A session that ends in one process is dropped by every other, streams included."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
import pytest
from structlog.testing import capture_logs

from djplatform.core.db import databases
from djplatform.core.ids import new_id
from djplatform.core.realtime.delivery import Pace
from djplatform.core.realtime.hub import Hub
from djplatform.core.realtime.listener import Listener
from djplatform.core.realtime.relay import CHANNEL, SessionRelay
from djplatform.ui.session import Sessions, SignedIn

NEVER = 1e9


@dataclass
class Rows:
    """The table of sessions, as both processes read it."""

    live: dict[str, SignedIn]
    asked: list[str] = field(default_factory=list)

    async def by_token(self, token: str) -> SignedIn | None:
        self.asked.append(token)
        return self.live.get(token)

    async def by_id(self, session_id: UUID) -> SignedIn | None:
        return next((s for s in self.live.values() if s.session_id == session_id), None)

    async def renew(self, token: str) -> str | None:
        return None


@dataclass
class Process:
    """What one web process remembers and holds open."""

    hub: Hub
    sessions: Sessions
    dropped: list[frozenset[UUID]]


async def until(there) -> None:
    async with asyncio.timeout(10):
        while not there():
            await asyncio.sleep(0.01)


@pytest.fixture
def rows(world) -> Rows:
    return Rows({name: SignedIn(new_id(), world.owner) for name in ("first", "second")})


@pytest.fixture
async def processes(db, rows) -> AsyncIterator[tuple[Process, Process]]:
    """Two web processes with a memory that would never expire by itself."""
    async with AsyncExitStack() as stack:
        yield await _process(stack, db, rows), await _process(stack, db, rows)


async def _process(stack: AsyncExitStack, db, rows: Rows) -> Process:
    hub = Hub(db.url("djp_hub"), pace=Pace(heartbeat=NEVER, poll=0.2))
    known, dropped = Sessions(rows, clock=lambda: 0.0), []

    async def note(ids: frozenset[UUID]) -> None:
        dropped.append(ids)

    known.on_drop(hub.drop)
    known.on_drop(note)
    known.on_drop_tell(SessionRelay(hub, known.drop_here).tell)
    await stack.enter_async_context(hub.running())
    await until(lambda: hub.connected)
    return Process(hub, known, dropped)


@pytest.mark.feature("32/everywhere")
async def test_a_session_that_ends_here_is_forgotten_there_and_its_streams_end(
    processes, rows
) -> None:
    here, there = processes
    ended = rows.live["first"].session_id
    for process in processes:
        for token in ("first", "second"):
            assert await process.sessions.by_token(token) == rows.live[token]
    listening = asyncio.create_task(_listen(there.hub, ended))
    await until(lambda: there.hub._opening)

    del rows.live["first"]
    await here.sessions.drop([ended])
    await until(lambda: there.dropped)
    with pytest.raises(asyncio.CancelledError):
        await listening
    rows.asked.clear()
    assert await there.sessions.by_token("first") is None
    assert await there.sessions.by_token("second") == rows.live["second"]
    assert rows.asked == ["first"], "the other session is still remembered"


async def _listen(hub: Hub, session_id: UUID) -> None:
    """A stream of that session, as far as the hub knows it."""
    hub._opening.add(Listener(_nowhere, session_id=session_id))
    await asyncio.Event().wait()


async def _nowhere(message) -> None:
    pass


async def test_who_tells_does_not_hear_it_again(processes, rows) -> None:
    here, there = processes
    ended = rows.live["first"].session_id
    await here.sessions.drop([ended])
    await there.sessions.drop([rows.live["second"].session_id])
    await until(lambda: len(here.dropped) == len(there.dropped) == 2)
    assert here.dropped == [{ended}, {rows.live["second"].session_id}]


async def test_a_process_that_lost_its_connection_hears_it_when_it_is_back(
    processes, rows, db
) -> None:
    here, there = processes
    with psycopg.connect(db.url("postgres"), autocommit=True) as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'djplatform-hub' and datname = current_database()"
        )
        await here.sessions.drop([rows.live["first"].session_id])
    await until(lambda: there.dropped)


async def test_more_than_one_event_can_hold(processes, db) -> None:
    here, there = processes
    ended = frozenset(new_id() for _ in range(1200))
    await here.sessions.drop(ended)
    await until(lambda: frozenset().union(*there.dropped) == ended)
    [count] = db.rows("select count(*) as n from realtime_events where channel = %s", CHANNEL)
    assert count["n"] == 3


async def test_without_the_database_it_is_dropped_here_all_the_same(
    processes, rows, monkeypatch
) -> None:
    here, there = processes
    monkeypatch.setattr(databases.web, "sessions", _unreachable)
    ended = rows.live["first"].session_id
    await here.sessions.drop([ended])
    assert here.dropped == [{ended}]
    assert there.dropped == []


def _unreachable():
    raise psycopg.OperationalError("the server is away")


async def test_nothing_ended_is_no_news(processes, db) -> None:
    await processes[0].sessions.drop([])
    assert db.rows("select * from realtime_events") == []


async def test_who_cannot_drop_a_session_says_so_and_hears_the_next(processes, rows) -> None:
    here, there = processes
    told, really = [], there.sessions.drop_here

    async def fails_once(session_ids) -> None:
        told.append(session_ids)
        if len(told) == 1:
            raise KeyError("a bug of ours")
        await really(session_ids)

    relay = SessionRelay(there.hub, fails_once)
    first, second = (one.session_id for one in rows.live.values())
    with capture_logs() as lines:
        await here.sessions.drop([first])
        await until(lambda: told and not relay._at_work)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == [
        "relay.drop_failed"
    ]
    await here.sessions.drop([second])
    await until(lambda: told == [frozenset({first}), frozenset({second})])
    await until(lambda: frozenset({second}) in there.dropped)
