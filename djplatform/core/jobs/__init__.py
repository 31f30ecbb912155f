"""Durable work: procrastinate jobs, deferred in the transaction that makes them necessary."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import procrastinate
from procrastinate import tasks
from procrastinate.exceptions import AlreadyEnqueued

from djplatform.core.db.uow import Tx

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""The jobs of the product; the worker gives it a connection of its own."""

JobFunction = Callable[..., Awaitable[None]]
Job = tasks.Task[..., Any, Any]

ATTEMPTS = 12
RETRY = procrastinate.RetryStrategy(max_attempts=ATTEMPTS, wait=1, exponential_wait=2)
"""About 70 minutes of patience: an outside service may be down for a while."""


def job(
    name: str, *, retry: procrastinate.BaseRetryStrategy | None = RETRY
) -> Callable[[JobFunction], Job]:
    """Declare a job. It takes ids only and may run twice without harm.

    `name` is `feature.verb`. A failed run is tried again with growing pauses.
    """

    def declare(function: JobFunction) -> Job:
        return queue.task(name=name, retry=retry or False)(function)

    return declare


SWEEPS: list[Callable[[], Awaitable[None]]] = []
"""What the worker's ticker calls every 15 seconds: each looks for rows that are due."""


def sweep(function: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Register a sweep. It must be cheap when nothing is due, and safe to run twice."""
    SWEEPS.append(function)
    return function


async def defer(
    tx: Tx,
    task: Job | str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    priority: int = 0,
    **ids: str | int | None,
) -> None:
    """Defer a job in the caller's transaction: rolled back with it, run once after commit.

    Jobs of one `lock` run one after the other. With a `queueing_lock` that already waits,
    nothing is added; the savepoint keeps that clash from aborting the caller's transaction.
    A service names its job by text, because a feature's jobs import its service.
    """
    await tx.session.flush()
    connection = await _psycopg_connection(tx)
    configure = partial(queue.configure_task, task) if isinstance(task, str) else task.configure
    deferrer = configure(
        connection=connection,
        lock=lock,
        queueing_lock=queueing_lock,
        priority=priority,
    )
    if queueing_lock is None:
        await deferrer.defer_async(**ids)
        return
    with suppress(AlreadyEnqueued):
        async with connection.transaction():
            await deferrer.defer_async(**ids)


async def _psycopg_connection(tx: Tx) -> Any:
    connection = await tx.session.connection()
    raw = await connection.get_raw_connection()
    return raw.driver_connection
