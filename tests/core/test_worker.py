"""The worker: jobs run once, survive a killed worker, and an end is clean."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import psycopg
import pytest

from djplatform import worker
from djplatform.core.db import Scope, unit
from djplatform.core.jobs import Sweep, defer, queue
from djplatform.core.jobs.recovery import InFlight
from djplatform.settings import ROOT
from tests.core.jobs_for_tests import leave_trace

RAN = "select count(*) as n from audit_log where action = 'test.ran'"
STATE = "select status::text from procrastinate.procrastinate_jobs"

PROGRAM = """
import asyncio, sys, tests.core.jobs_for_tests, djplatform.worker as worker
worker.TICK_SECONDS, worker.MEND_SECONDS = map(float, sys.argv[1:])
asyncio.run(worker.run())
"""


async def start_worker(db, tick: float = 1, mend: float = 1) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        str(tick),
        str(mend),
        cwd=ROOT,
        env={**os.environ, "DATABASE_WORKER_URL": db.url("djp_worker")},
        stderr=asyncio.subprocess.DEVNULL,
    )


async def until(db, query: str, wanted: list[dict]) -> None:
    async with asyncio.timeout(40):
        while db.rows(query) != wanted:
            await asyncio.sleep(0.05)


async def defer_trace(world, pause: int = 0) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        await defer(tx, leave_trace, organization=str(world.a), pause=pause)


async def test_drain_runs_what_waits(db, world, drain) -> None:
    await defer_trace(world)
    await drain()
    assert db.rows(RAN) == [{"n": 1}]


async def test_a_job_of_a_killed_worker_runs_in_the_next_one(db, world) -> None:
    await defer_trace(world, pause=3)
    first = await start_worker(db)
    await until(db, STATE, [{"status": "doing"}])
    first.kill()
    await first.wait()
    assert db.rows(RAN) == [{"n": 0}]

    second = await start_worker(db)
    await until(db, RAN, [{"n": 1}])
    await until(db, STATE, [])
    second.send_signal(signal.SIGTERM)
    async with asyncio.timeout(10):
        assert await second.wait() == 0


WRITES = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'finish_job'"
KILL = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where application_name = 'djplatform-jobs' and datname = current_database()"
)


async def test_a_job_whose_outcome_was_lost_runs_again_soon(db, world) -> None:
    """The server goes away just as the outcome is written, and is back before anybody notices.

    The worker lives on with new connections and ticks are too far apart: it looks by itself.
    """
    process = await start_worker(db, tick=300, mend=0.5)
    await defer_trace(world, pause=2)
    await until(db, STATE, [{"status": "doing"}])
    with psycopg.connect(db.url("postgres")) as holder:
        holder.execute("select 1 from procrastinate.procrastinate_jobs for update")
        async with asyncio.timeout(20):
            while not db.rows(WRITES):
                await asyncio.sleep(0.05)
        db.rows(KILL)
    await until(db, RAN, [{"n": 2}])
    await until(db, STATE, [])
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        assert await process.wait() == 0


LISTENING = (
    "select pid from pg_stat_activity where query ~ '^LISTEN' "
    "and application_name = 'djplatform-jobs' and datname = current_database()"
)


@pytest.mark.feature("88/deaf")
async def test_a_worker_that_cannot_listen_any_more_begins_anew(db) -> None:
    """Otherwise it would work on by its look alone, and every tip would wait for that."""
    process = await start_worker(db)
    try:
        async with asyncio.timeout(20):
            while not (old := db.rows(LISTENING)):
                await asyncio.sleep(0.05)
        db.rows(KILL)
        async with asyncio.timeout(20):
            while not (new := db.rows(LISTENING)) or new == old:
                await asyncio.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await process.wait() == 0


@pytest.fixture
async def tickers(db, monkeypatch) -> AsyncIterator[list[worker.Ticker]]:
    monkeypatch.setattr(worker, "SWEEPS", [])
    url = db.url("djp_worker")
    found = [worker.Ticker(url, InFlight()) for _ in range(2)]
    with queue.replace_connector(worker.connector(url)):
        async with queue.open_async():
            yield found
            for ticker in found:
                await ticker._let_go()


async def test_a_sweep_that_fails_keeps_no_other_from_its_turn(tickers) -> None:
    swept: list[str] = []

    async def broken() -> None:
        raise KeyError("a bug")

    async def away() -> None:
        raise psycopg.OperationalError("the server is away")

    async def good() -> None:
        swept.append("good")

    worker.SWEEPS[:] = [Sweep(look, 0) for look in (broken, away, good)]
    await tickers[0].tick()
    assert swept == ["good"]


async def test_only_one_ticks_and_the_next_takes_over_when_it_is_gone(tickers, db) -> None:
    swept: list[int] = []

    async def count() -> None:
        swept.append(1)

    worker.SWEEPS[:] = [Sweep(count, 0)]
    for ticker in (*tickers, *tickers):
        await ticker.tick()
    assert len(swept) == 2, "the first one, twice"
    db.rows(
        "select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory'"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    await tickers[1].tick()
    assert len(swept) == 3
    await tickers[0].tick()  # finds its connection dead
    await tickers[0].tick()  # and the lock with the other
    assert len(swept) == 3


async def test_a_seldom_sweep_waits_for_its_time_but_not_after_a_failure() -> None:
    looks: list[int] = []

    async def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise KeyError("a bug")

    seldom = Sweep(look, every=600)
    with pytest.raises(KeyError):
        await seldom.run()
    for _ in range(3):
        await seldom.run()
    assert len(looks) == 2
