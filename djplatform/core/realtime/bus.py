"""The database side of the hub: one direct connection that listens, reads on, and comes back."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
import structlog

from djplatform.core.db.engine import NETWORK
from djplatform.core.realtime.channels import Event

log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
"""The net below notifications: a lost one costs this much, never an event."""
ANSWER_SECONDS = 10.0
"""A server that is silent for longer is taken for dead, though its connection stands."""
_GAP_SECONDS = 0.01
"""Two reads are at least this far apart, so that a burst of commits is read in batches."""
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

# A day's events are many and ours are the last few: the planner must not guess otherwise.
_OPTIONS = "-c search_path=public -c enable_seqscan=off"

# What became visible since the last snapshot, and the snapshot of this very statement. Comparing
# snapshots instead of numbers is exact: a transaction that was open then is not skipped, and one
# that stays open for long does not hold the others back.
_TAIL = """
with here as (select pg_current_snapshot() as now)
select here.now::text, e.channel, e.seq, e.kind, e.payload
from here left join realtime_events e
  on e.xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
 and not pg_visible_in_snapshot(e.xid, %(seen)s::pg_snapshot)
order by e.seq"""

_HISTORY = """
select n.name, coalesce(c.seq, 0), e.seq, e.kind, e.payload
from unnest(%(names)s::text[]) as n (name)
left join realtime_channels c on c.name = n.name
left join lateral (
  select l.seq, l.kind, l.payload from realtime_events l
  where l.channel = c.name order by l.seq desc limit %(most)s
) e on true
order by e.seq"""


_Row = tuple[Any, ...]


class BusUnavailable(Exception):
    """The database cannot be asked right now; the hub is connecting again."""


async def _snapshot(connection: psycopg.AsyncConnection[_Row]) -> str:
    """What is visible now; later comes what is not."""
    cursor = await connection.execute("select pg_current_snapshot()::text")
    row = await cursor.fetchone()
    assert row is not None
    return row[0]


class Bus:
    """Reads events in the order of each channel and hands them to `on_events`.

    After a lost connection it goes on where it stopped: nothing is skipped.
    """

    def __init__(
        self,
        url: str,
        on_events: Callable[[list[Event]], None],
        *,
        poll_seconds: float = POLL_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._url = url
        self._on_events = on_events
        self._poll_seconds = poll_seconds
        self._answer_seconds = answer_seconds
        self._connection: psycopg.AsyncConnection[_Row] | None = None
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._seen = ""
        self._task: asyncio.Task[None] | None = None
        self._reader = -1

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self._connection is not None

    def start(self) -> None:
        """Connect and read, until `stop`."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Close the connection."""
        assert self._task is not None  # it was started
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._disconnect()

    async def history(
        self,
        names: Sequence[str],
        most: int,
        take: Callable[[dict[str, int], list[Event]], None],
    ) -> None:
        """Give `take` the channels' last numbers and at most `most` recent events of each.

        `take` runs before anything newer can be read, so that the two join without a gap.

        Raises:
            BusUnavailable: there is no connection.
        """
        try:
            async with self._lock:
                rows = await self._rows(_HISTORY, {"names": list(names), "most": most})
                numbers = {row[0]: row[1] for row in rows}
                take(numbers, [Event(r[0], r[2], r[3], r[4]) for r in rows if r[2] is not None])
        except (psycopg.Error, OSError) as error:
            raise BusUnavailable(str(error)) from error

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                await self._connect()
                while True:
                    await self._tail()
                    failures = 0
                    await self._notified()
            except Exception as error:
                # Whatever it was, who stops reading here would be connected and deaf.
                await self._disconnect()
                pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
                failures += 1
                expected = isinstance(error, psycopg.Error | OSError | BusUnavailable)
                log.warning(
                    "hub.database_lost",
                    error=str(error).strip() or type(error).__name__,
                    retry_in=pause,
                    exc_info=not expected,
                )
                await asyncio.sleep(pause)

    async def _connect(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            prepare_threshold=None,
            options=_OPTIONS,
            application_name="djplatform-hub",
            **NETWORK,
        )
        try:
            await self._listen(connection)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        log.info("hub.listening")

    async def _listen(self, connection: psycopg.AsyncConnection[_Row]) -> None:
        connection.add_notify_handler(lambda _notification: self._wake.set())
        async with asyncio.timeout(self._answer_seconds):
            await connection.execute("listen realtime")
            self._seen = self._seen or await _snapshot(connection)

    async def _disconnect(self) -> None:
        self._stop_watching()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()

    async def _tail(self) -> None:
        self._wake.clear()
        async with self._lock:
            rows = await self._rows(_TAIL, {"seen": self._seen})
            self._seen = rows[0][0]
            if events := [Event(r[1], r[2], r[3], r[4]) for r in rows if r[1] is not None]:
                self._on_events(events)

    async def _rows(
        self, query: LiteralString, parameters: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        if self._connection is None:
            raise BusUnavailable("not connected")
        self._stop_watching()
        try:
            async with asyncio.timeout(self._answer_seconds):
                cursor = await self._connection.execute(query, parameters)
                return await cursor.fetchall()
        finally:
            self._watch()

    async def _notified(self) -> None:
        """Return when there may be something new: told so, or after the poll's interval."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._poll_seconds):
                await self._wake.wait()
        if (early := last + _GAP_SECONDS - loop.time()) > 0:
            await asyncio.sleep(early)

    # Between queries the socket is watched by ourselves: psycopg's own `notifies()` would hold
    # the connection's lock, and a joining page could not ask for its history.

    def _watch(self) -> None:
        if self._connection is None:
            return
        if self._connection.closed:
            self._wake.set()  # whoever asked for a history found it broken; connect again
            return
        self._reader = self._connection.fileno()
        asyncio.get_running_loop().add_reader(self._reader, self._readable)

    def _stop_watching(self) -> None:
        if self._reader >= 0:
            asyncio.get_running_loop().remove_reader(self._reader)
            self._reader = -1

    def _readable(self) -> None:
        assert self._connection is not None
        try:
            self._connection.pgconn.consume_input()
            while self._connection.pgconn.notifies() is not None:
                self._wake.set()
        except psycopg.Error:
            # The server went away. The next query finds out and connects again.
            self._stop_watching()
            self._wake.set()
