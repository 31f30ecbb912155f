"""Jobs that nobody runs any more, though the queue believes so.

A worker that is killed leaves its jobs `doing`. One that lives can lose a job too: it has run it,
and the database went away before the outcome was written; or the job was to be tried again, and
another one with its queueing lock already waits, which the queue's unique index refuses. Jobs may
run twice, so all of them simply run again, as often as a job that fails: one that kills its worker
each time must not do so for ever.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from procrastinate import jobs
from procrastinate.exceptions import UniqueViolation
from procrastinate.job_context import JobContext

from djplatform.core.jobs import ATTEMPTS, queue

log = structlog.get_logger()


async def retry_stalled_jobs(seconds: int) -> None:
    """Give the jobs of workers without a sign of life for so many seconds to living ones."""
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        await _run_again(job, "worker.job_stalled")


class InFlight:
    """What this process is really running, beside what the queue believes that it runs."""

    def __init__(self) -> None:
        self._running: set[int | None] = set()
        self._workers: set[int] = set()
        """Under which numbers this process works; each run of the worker has a new one."""
        self._suspects: set[int | None] = set()

    async def watch(
        self, call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: Any
    ) -> Any:
        """Note a job while it runs; a middleware of the worker."""
        self._workers.add(worker.worker_id)
        self._running.add(context.job.id)
        try:
            return await call_next()
        finally:
            self._running.discard(context.job.id)

    async def mend(self) -> None:
        """Have run again what was twice found `doing` here and is not run here.

        Twice, because between its end and its written outcome a job is in the same state; and
        so is one that was fetched just now.
        """
        lost = {job.id: job for job in await self._ours() if job.id not in self._running}
        twice, self._suspects = self._suspects & lost.keys(), set(lost)
        for number in twice:
            await _run_again(lost[number], "worker.job_lost")

    async def mend_the_last_run(self) -> None:
        """Have run again what the worker's last run left `doing`, now that it has ended.

        A run ends only after all of its jobs, so nothing of it can still be written.
        """
        for job in await self._ours():
            await _run_again(job, "worker.job_lost")
        self._workers.clear()
        self._suspects.clear()

    async def _ours(self) -> list[jobs.Job]:
        return [
            job
            for number in self._workers
            for job in await queue.job_manager.list_jobs_async(status="doing", worker_id=number)
        ]


async def _run_again(job: jobs.Job, why: str) -> None:
    if job.attempts >= ATTEMPTS:
        log.error("worker.job_given_up", job=job.id, task=job.task_name, attempts=job.attempts)
        await queue.job_manager.finish_job(job, status=jobs.Status.FAILED, delete_job=False)
        return
    log.warning(why, job=job.id, task=job.task_name)
    try:
        await queue.job_manager.retry_job(job)
    except UniqueViolation:
        # One with the same queueing lock waits already and does all that is left to do.
        await queue.job_manager.finish_job(job, status=jobs.Status.ABORTED, delete_job=True)
