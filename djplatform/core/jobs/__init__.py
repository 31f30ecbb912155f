"""Durable work: procrastinate jobs, deferred in the transaction that makes them necessary."""

import math
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from time import monotonic
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


Look = Callable[[], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Sweep:
    """A look for rows that are due; the worker's ticker comes by every 15 seconds."""

    look: Look
    every: float
    """Seconds between two looks, at the least."""
    _done: float = -math.inf

    @property
    def name(self) -> str:
        """Where it is declared."""
        return f"{self.look.__module__}.{self.look.__name__}"

    async def run(self) -> None:
        """Look, unless the last time is not long enough ago; one that failed looks again."""
        if monotonic() - self._done >= self.every:
            await self.look()
            self._done = monotonic()


SWEEPS: list[Sweep] = []


def sweep(*, every: float = 0) -> Callable[[Look], Look]:
    """Register a sweep: cheap when nothing is due, or seldom enough, and safe to run twice."""

    def declare(look: Look) -> Look:
        SWEEPS.append(Sweep(look, every))
        return look

    return declare


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
