"""The worker: jobs run once, survive a killed worker, and an end is clean."""

import asyncio
import os
import signal
import sys

from djplatform.core.db import Scope, unit
from djplatform.core.jobs import defer
from djplatform.settings import ROOT
from tests.core.jobs_for_tests import leave_trace

RAN = "select count(*) as n from audit_log where action = 'test.ran'"
STATE = "select status::text from procrastinate.procrastinate_jobs"

PROGRAM = """
import asyncio, tests.core.jobs_for_tests, djplatform.worker as worker
worker.TICK_SECONDS = 1
asyncio.run(worker.run())
"""


async def start_worker(db) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
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
