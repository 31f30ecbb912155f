"""Jobs whose outcome was lost run again, and none of them keeps the others from it."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate.exceptions import ConnectorException

from djplatform import worker
from djplatform.core.db import Scope, unit
from djplatform.core.jobs import ATTEMPTS, defer, queue
from djplatform.core.jobs.recovery import InFlight, retry_stalled_jobs
from djplatform.worker import connector
from tests.core.jobs_for_tests import leave_trace

STATE = "select id, status::text, attempts from procrastinate.procrastinate_jobs order by id"


@pytest.fixture
async def fetch(db: Any, world: Any) -> AsyncIterator[Any]:
    """Defers jobs, and fetches one as a worker would."""
    with queue.replace_connector(connector(db.url("djp_worker"))):
        async with queue.open_async():
            worker = await queue.job_manager.register_worker()

            async def one(**more: Any) -> Any:
                async with unit(Scope.of(world.owner)) as tx:
                    await defer(tx, leave_trace, organization=str(world.a), **more)
                return await queue.job_manager.fetch_job(queues=None, worker_id=worker)

            yield one


async def runs(in_flight: InFlight, job: Any, during: Any) -> None:
    """Let the worker's middleware see a job."""
    worker = SimpleNamespace(worker_id=job.worker_id)
    await in_flight.watch(during, SimpleNamespace(job=job), worker)


async def nothing() -> None:
    pass


async def test_a_job_that_ended_without_a_written_outcome_runs_again(db, fetch) -> None:
    job, in_flight = await fetch(), InFlight()
    await runs(in_flight, job, nothing)  # and then the database went away
    await in_flight.mend()
    assert [row["status"] for row in db.rows(STATE)] == ["doing"]  # it may be written just now
    await in_flight.mend()
    assert [row["status"] for row in db.rows(STATE)] == ["todo"]


async def test_a_job_that_is_running_is_left_alone(db, fetch) -> None:
    job, in_flight = await fetch(), InFlight()

    async def ticks() -> None:
        for _ in range(3):
            await in_flight.mend()

    await runs(in_flight, job, ticks)
    assert [(row["status"], row["attempts"]) for row in db.rows(STATE)] == [("doing", 0)]


async def test_jobs_of_other_processes_are_not_judged(db, fetch) -> None:
    await fetch()
    in_flight = InFlight()
    for _ in range(3):
        await in_flight.mend()
    assert [row["status"] for row in db.rows(STATE)] == ["doing"]


async def test_a_lost_job_whose_twin_waits_is_left_to_the_twin(db, fetch, world) -> None:
    first = await fetch(queueing_lock="one is enough")
    second = await fetch()
    async with unit(Scope.of(world.owner)) as tx:
        await defer(tx, leave_trace, queueing_lock="one is enough", organization=str(world.a))
    db.rows(
        "update procrastinate.procrastinate_workers set last_heartbeat = now() - '1 h'::interval"
    )
    await retry_stalled_jobs(15)
    rows = {row["id"]: row["status"] for row in db.rows(STATE)}
    assert first.id not in rows
    assert rows[second.id] == "todo"
    assert sorted(rows.values()) == ["todo", "todo"]


async def test_what_the_last_run_left_runs_again_at_once(db, fetch) -> None:
    job, in_flight = await fetch(), InFlight()
    await runs(in_flight, job, nothing)
    await in_flight.mend_the_last_run()
    assert [row["status"] for row in db.rows(STATE)] == ["todo"]


async def test_a_new_run_begins_with_what_the_last_one_left(db, fetch, monkeypatch) -> None:
    job, found = await fetch(), []

    async def one_run(in_flight: InFlight) -> None:
        if not found:
            found.append(db.rows(STATE)[0]["status"])
            await runs(in_flight, job, nothing)
            raise ConnectorException
        found.append(db.rows(STATE)[0]["status"])
        await asyncio.Event().wait()

    monkeypatch.setattr(worker, "_work", one_run)
    working = asyncio.create_task(worker._keep_working(InFlight()))
    async with asyncio.timeout(20):
        while len(found) < 2:
            await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    assert found == ["doing", "todo"]


async def test_a_job_that_kills_its_worker_is_given_up_and_kept(db, fetch) -> None:
    job, in_flight = await fetch(), InFlight()
    db.rows("update procrastinate.procrastinate_jobs set attempts = %s", ATTEMPTS - 1)
    await runs(in_flight, job, nothing)
    await in_flight.mend_the_last_run()
    again = await queue.job_manager.fetch_job(queues=None, worker_id=job.worker_id)
    assert (again.id, again.attempts) == (job.id, ATTEMPTS)
    await runs(in_flight, again, nothing)
    await in_flight.mend_the_last_run()
    assert [(row["status"], row["attempts"]) for row in db.rows(STATE)] == [
        ("failed", ATTEMPTS + 1)
    ]
