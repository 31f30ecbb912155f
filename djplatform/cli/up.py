"""`djplatform up`: everything, from an empty machine to a printed address."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psycopg

from djplatform.cli import network, welcome
from djplatform.cli.output import say, show
from djplatform.cli.preparation import (
    Prepared,
    compiled_once,
    only_one,
    prepare,
    running_on,
    usable,
)
from djplatform.core.db import embedded
from djplatform.core.processes import Program, Supervisor, own_command
from djplatform.core.secrets import Serving

T = TypeVar("T")
WATCH_SECONDS = 1.0


@dataclass(frozen=True)
class Options:
    """What the person asked for on the command line."""

    port: int
    data_dir: Path
    demo: bool
    lan: bool


class _Ended(Exception):
    """No error: the person asked for the end."""


def up(options: Options) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code.

    Raises CannotStartError and its kin with a sentence when something is in the way.
    """
    if running_on(options.data_dir) is None:  # else `only_one` says it better than a busy port
        network.require_free_port(options.port, _address(options))
    usable(options.data_dir)
    serving = _serving(options)
    with only_one(serving):
        return asyncio.run(_Run(options, serving).until_ended())


def _address(options: Options) -> str:
    return "0.0.0.0" if options.lan else "127.0.0.1"  # noqa: S104 - only with --lan


def _serving(options: Options) -> Serving:
    return Serving(
        data_dir=options.data_dir,
        port=options.port,
        sandbox_port=network.free_port(options.port + 1, _address(options)),
        lan_host=network.lan_address() if options.lan else "",
    )


class _Run:
    """One run of `up`, from the first line to the last."""

    def __init__(self, options: Options, serving: Serving) -> None:
        self._options = options
        self._serving = serving
        self._ended = asyncio.Event()
        self._supervisor = Supervisor(options.data_dir / "logs", say)
        self._prepared: Prepared | None = None

    async def until_ended(self) -> int:
        """Prepare, serve, and end everything in reverse, whatever happened."""
        self._listen_to_signals()
        watch: asyncio.Task[None] | None = None
        try:
            invitation = await self._unless_ended(self._start())
            watch = asyncio.create_task(self._watch_database())
            self._announce(invitation)
            await self._ended.wait()
        except _Ended:
            pass
        finally:
            say("Ending")
            if watch:
                watch.cancel()
            await self._supervisor.stop()
            if self._prepared:
                await _in_thread(self._prepared.close)
        return 0

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end)

    def _end(self) -> None:
        if self._ended.is_set():
            self._supervisor.kill()
        self._ended.set()

    async def _unless_ended(self, work: Awaitable[T]) -> T:
        """Do the work, but drop it when the person asks for the end."""
        doing = asyncio.ensure_future(work)
        ending = asyncio.create_task(self._ended.wait())
        await asyncio.wait({doing, ending}, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if doing.done():
            return await doing
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        raise _Ended

    async def _start(self) -> welcome.Invitation:
        frontend = asyncio.create_task(self._build_frontend())
        try:
            prepared = self._prepared = await _in_thread(lambda: prepare(self._serving, say))
            if prepared.serving.sandbox:
                say("Starting the sandbox")
                await self._supervisor.start(self._sandbox(prepared))
            demo = await self._seed(prepared) if self._options.demo else {}
            await frontend
        finally:
            frontend.cancel()
            await asyncio.gather(frontend, return_exceptions=True)
        say("Starting web and worker")
        await self._supervisor.start(self._web(prepared))
        await self._supervisor.start(self._worker(prepared))
        return welcome.Invitation.model_validate(demo)

    async def _build_frontend(self) -> None:
        environment = compiled_once(os.environ, self._options.data_dir)
        build = Program("frontend", own_command("build-frontend"), environment)
        await self._supervisor.run(build, say)

    async def _seed(self, prepared: Prepared) -> dict[str, object]:
        if not prepared.serving.sandbox:
            return {}  # a database of somebody's own is never filled with invented people
        say("Looking after the demo data")
        command = own_command("seed-demo", "--json")
        seed = Program("seed-demo", command, prepared.environment("tools"))
        output = await self._supervisor.run(seed, say)
        return json.loads(output.strip().splitlines()[-1])

    def _sandbox(self, prepared: Prepared) -> Program:
        port = self._serving.sandbox_port

        async def healthy() -> bool:
            return await network.answers(port, "/healthz", at_most=499)

        environment = prepared.environment("sandbox")
        return Program("sandbox", own_command("sandbox"), environment, healthy, grace_seconds=1)

    def _web(self, prepared: Prepared) -> Program:
        port = self._serving.port

        async def healthy() -> bool:
            return await network.answers(port, "/healthz")

        environment = prepared.environment("web")
        # it says good-bye to open streams first, and takes at most five seconds for that
        return Program("web", own_command("web"), environment, healthy, grace_seconds=5)

    def _worker(self, prepared: Prepared) -> Program:
        url = prepared.urls["owner"]
        before = _jobs_connections(url)

        async def healthy() -> bool:
            return bool(_jobs_connections(url) - before)

        environment = prepared.environment("worker")
        # a job that is cut off is done again by the next worker
        return Program("worker", own_command("worker"), environment, healthy, grace_seconds=2)

    async def _watch_database(self) -> None:
        """Start the embedded server again when it dies; web and worker reconnect by themselves."""
        prepared = self._prepared
        if prepared is None or prepared.server is None:
            return
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if embedded.running(self._options.data_dir):
                continue
            log = self._supervisor.log_of("postgres")
            say(f"postgres ended; starting it again. Its log: {log}")
            gone = prepared.server
            try:
                prepared.server = await _in_thread(
                    lambda: embedded.start(self._options.data_dir, say=say)
                )
            except embedded.EmbeddedServerError as error:
                say(str(error))
            else:
                gone.stop()

    def _announce(self, invitation: welcome.Invitation) -> None:
        if self._prepared and not self._prepared.serving.sandbox:
            for line in welcome.vendors_off():
                say(line)
        for line in welcome.lines(self._serving, invitation, self._options.data_dir / "logs"):
            show(line)


def _jobs_connections(url: str) -> set[int]:
    """Ids of the workers' connections to the queue: a worker that has one is at work."""
    query = "select pid from pg_stat_activity where application_name = 'djplatform-jobs'"
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return {row[0] for row in connection.execute(query)}
    except psycopg.OperationalError:
        return set()


async def _in_thread(work: Callable[[], T]) -> T:
    """Run blocking work in a daemon thread, which never holds up the end of the program."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # pyright: ignore[reportArgumentType]

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever awaits
            loop.call_soon_threadsafe(settle, None, error)
        else:
            loop.call_soon_threadsafe(settle, result, None)

    threading.Thread(target=run, daemon=True).start()
    return await future
