"""Composition root of jobs and schedules. Never imports reflex."""

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta
from importlib import import_module

import procrastinate
import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from procrastinate.exceptions import ConnectorException

from djplatform import registry
from djplatform.core import clock
from djplatform.core.db import databases
from djplatform.core.db.engine import SEARCH_PATH
from djplatform.core.jobs import SWEEPS, queue
from djplatform.core.jobs.recovery import InFlight, retry_stalled_jobs
from djplatform.core.logging import configure as configure_logging
from djplatform.features.accounts import service as accounts
from djplatform.settings import settings

log = structlog.get_logger()

CONCURRENCY = 8
TICK_SECONDS = 15
_TICKER_LOCK = 7163003
"""Whoever holds this advisory lock ticks; other workers only work."""


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
        kwargs={"options": f"-c search_path={SEARCH_PATH}", "application_name": "djplatform-jobs"},
        min_size=1,
        max_size=CONCURRENCY + 2,
    )


async def run() -> None:
    """Work until SIGTERM or SIGINT; unfinished jobs get ten seconds, then another worker."""
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
    pause = 0.5
    while True:
        try:
            await queue.run_worker_async(
                concurrency=CONCURRENCY,
                install_signal_handlers=False,
                shutdown_graceful_timeout=8,
                fetch_job_polling_interval=2,
                delete_jobs="successful",
                update_heartbeat_interval=5,
                stalled_worker_timeout=TICK_SECONDS,
                worker_middleware=[in_flight.watch],
            )
        except (ConnectorException, psycopg.Error, OSError) as error:
            log.warning("worker.database_lost", error=str(error), retry_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10)


class Ticker:
    """A bare clock: what is due is data. Each tick defers the sweeps and mends stalled jobs."""

    def __init__(self, url: str, in_flight: InFlight) -> None:
        self._in_flight = in_flight
        self._lock: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._url = url
        self._scheduler = AsyncIOScheduler()

    async def start(self) -> None:
        """Tick now and then every quarter of a minute."""
        self._scheduler.add_job(
            self._tick,
            "interval",
            seconds=TICK_SECONDS,
            next_run_time=clock.now() + timedelta(seconds=1),
            max_instances=1,
            coalesce=True,
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking and give the lock back."""
        self._scheduler.shutdown(wait=False)
        if self._lock is not None:
            await self._lock.close()

    async def _tick(self) -> None:
        try:
            await self._in_flight.mend()
            if await self._leads():
                await retry_stalled_jobs(TICK_SECONDS)
                for sweep in SWEEPS:
                    await sweep()
        except (ConnectorException, psycopg.Error, OSError) as error:
            log.warning("ticker.database_lost", error=str(error))
            if self._lock is not None:
                await self._lock.close()  # an open one would hold the lock against ourselves
            self._lock = None

    async def _leads(self) -> bool:
        """Whether this process holds the lock; it lives as long as its connection."""
        if self._lock is None or self._lock.closed:
            self._lock = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        cursor = await self._lock.execute(
            "select count(*) > 0 from pg_locks where locktype = 'advisory' and objid = %s "
            "and pid = pg_backend_pid()",
            (_TICKER_LOCK,),
        )
        row = await cursor.fetchone()
        if row and row[0]:
            return True
        cursor = await self._lock.execute("select pg_try_advisory_lock(%s)", (_TICKER_LOCK,))
        row = await cursor.fetchone()
        return bool(row and row[0])
