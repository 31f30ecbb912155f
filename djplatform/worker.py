"""Composition root of jobs and schedules. Never imports reflex."""

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from time import monotonic

import procrastinate
import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from djplatform import registry
from djplatform.core import clock
from djplatform.core.db import UNAVAILABLE, databases
from djplatform.core.db.engine import NETWORK, SEARCH_PATH
from djplatform.core.jobs import SWEEPS, Sweep, queue
from djplatform.core.jobs.recovery import InFlight, retry_stalled_jobs
from djplatform.core.logging import configure as configure_logging
from djplatform.features.accounts import service as accounts
from djplatform.settings import settings

log = structlog.get_logger()

CONCURRENCY = 8
TICK_SECONDS = 15
MEND_SECONDS = 5
"""A job's outcome is written moments after its end: two looks so far apart tell a lost one."""
SHUTDOWN_SECONDS = 8
LOOK_SECONDS = 0.5
"""How often it looks for jobs of which no notification came: the queue forgets one that arrives
while it fetches, and a booth is promised its tips within a second."""
_TICKER_LOCK = 7163003
"""Whoever holds this advisory lock ticks; other workers only work."""
_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_SECONDS = 0.5, 10.0, 60.0
_LOST = (ConnectorException, psycopg.Error, OSError)
"""What the queue and its connections raise while PostgreSQL is away."""


def load_jobs() -> None:
    """Import the kernel's and every feature's jobs, so that queue and ticker know them."""
    import_module("djplatform.core.idempotency")
    for feature in registry.features():
        for module in (*feature.models, *feature.jobs, *feature.streams):
            import_module(module)


def connector(url: str) -> procrastinate.PsycopgConnector:
    """The queue's own direct connections."""
    return procrastinate.PsycopgConnector(
        conninfo=url,
        kwargs={
            **NETWORK,
            "options": f"-c search_path={SEARCH_PATH}",
            "application_name": "djplatform-jobs",
        },
        min_size=1,
        max_size=CONCURRENCY + 2,
    )


async def run() -> None:
    """Work until SIGTERM or SIGINT; what is unfinished after eight seconds another worker does."""
    configure_logging("worker")
    here = settings()
    url = here.worker_url.get_secret_value()
    load_jobs()
    databases.configure(
        worker=url, platform=here.platform_url.get_secret_value(), pool_size=CONCURRENCY + 2
    )
    if here.lan_host:
        # The phone beside the laptop comes by this address; only the worker may register hosts.
        await accounts.register_host(here.lan_host, "neutral")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with queue.replace_connector(connector(url)):
        async with queue.open_async():
            await _work_until(stop, url)
    await databases.close()


async def _work_until(stop: asyncio.Event, url: str) -> None:
    in_flight = InFlight()
    ticker = Ticker(url, in_flight)
    await ticker.start()
    working = asyncio.create_task(_keep_working(in_flight))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
    await ticker.stop()
    for task in (working, stopping):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_working(in_flight: InFlight) -> None:
    """Run the worker; when PostgreSQL goes away, come back when it does."""
    pause = _FIRST_PAUSE
    while True:
        began = monotonic()
        try:
            await in_flight.mend_the_last_run()
            await retry_stalled_jobs(TICK_SECONDS)
            await _work(in_flight)
        except _LOST as error:
            log.warning("worker.database_lost", error=str(error), retry_in=pause)
        # It also ends without an error, when its listener or its heartbeat lost the database.
        if monotonic() - began > _STEADY_SECONDS:
            pause = _FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)


class _Worker(Worker):
    """A worker that ends when it no longer hears, so that it can begin anew.

    The library watches its side tasks, among them the listener, until the first one ends; the one
    for periodic tasks, of which we have none, would end at once. Then nobody would notice that the
    listener lost PostgreSQL, and every later job would wait for the next look.
    """

    async def _periodic_deferrer(self) -> None:
        await asyncio.Event().wait()


async def _work(in_flight: InFlight) -> None:
    worker = _Worker(
        queue,
        concurrency=CONCURRENCY,
        install_signal_handlers=False,
        shutdown_graceful_timeout=SHUTDOWN_SECONDS,
        fetch_job_polling_interval=LOOK_SECONDS,
        delete_jobs="successful",
        update_heartbeat_interval=5,
        stalled_worker_timeout=TICK_SECONDS,
        worker_middleware=[in_flight.watch],
    )
    await worker.run()


class Ticker:
    """A bare clock: what is due is data. Each tick runs the sweeps and mends stalled jobs."""

    def __init__(self, url: str, in_flight: InFlight) -> None:
        self._in_flight = in_flight
        self._lock: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._url = url
        self._scheduler = AsyncIOScheduler()

    async def start(self) -> None:
        """Tick now and then every quarter of a minute, and look after own jobs more often."""
        for look, seconds in ((self.tick, TICK_SECONDS), (self._mend, MEND_SECONDS)):
            self._scheduler.add_job(
                look,
                "interval",
                seconds=seconds,
                next_run_time=clock.now() + timedelta(seconds=1),
                max_instances=1,
                coalesce=True,
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking and give the lock back."""
        self._scheduler.shutdown(wait=False)
        await self._let_go()

    async def tick(self) -> None:
        """One tick, when this process is the one that ticks."""
        try:
            if not await self._leads():
                return
            await retry_stalled_jobs(TICK_SECONDS)
        except _LOST as error:
            log.warning("ticker.database_lost", error=str(error))
            await self._let_go()  # an open one would hold the lock against ourselves
            return
        for sweep in SWEEPS:
            await _run_sweep(sweep)

    async def _mend(self) -> None:
        try:
            await self._in_flight.mend()
        except _LOST as error:
            log.warning("worker.database_lost", error=str(error))

    async def _leads(self) -> bool:
        """Whether this process holds the lock; it lives as long as its connection."""
        if self._lock is None or self._lock.closed:
            self._lock = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, application_name="djplatform-ticker", **NETWORK
            )
        # Whoever holds it already gets it once more, and a dead connection shows itself.
        cursor = await self._lock.execute("select pg_try_advisory_lock(%s)", (_TICKER_LOCK,))
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            await lock.close()


async def _run_sweep(sweep: Sweep) -> None:
    """Run one sweep; one that fails keeps none of the others from their turn."""
    try:
        await sweep.run()
    except UNAVAILABLE as error:
        log.warning("ticker.database_lost", error=str(error))
    except Exception:
        log.exception("ticker.sweep_failed", sweep=sweep.name)
