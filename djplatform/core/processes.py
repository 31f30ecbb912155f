"""Children of `up`: started in an order, watched, restarted, and never left behind.

A child inherits the reading end of a pipe whose other end only `up` holds. When `up` is gone,
also by `kill -9`, the pipe ends and the child ends itself (`follow_parent`).
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LIFELINE = "DJP_LIFELINE"
"""The variable with the number of the inherited end of the pipe."""
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60
LOG_LIMIT_BYTES = 20_000_000

Say = Callable[[str], None]


class ChildFailedError(RuntimeError):
    """A child ended, or did not answer, while it was being started."""


async def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Program:
    """One child: what it runs, what it is told, and how one sees that it works."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    healthy: Callable[[], Awaitable[bool]] = _at_once
    patience_seconds: float = 90
    """How long the first start may take."""
    grace_seconds: float = 2.5
    """How long it may take to end after SIGTERM."""


def follow_parent(grace_seconds: float = 5) -> None:
    """End this process when `up` is gone. Does nothing when `up` did not start it."""
    number = os.environ.pop(LIFELINE, "")
    if not number:
        return
    descriptor = int(number)
    os.set_inheritable(descriptor, False)

    def wait() -> None:
        with suppress(OSError):
            while os.read(descriptor, 1):
                pass  # nobody writes; only the end of the pipe says something
        _signal_group(signal.SIGTERM)
        time.sleep(grace_seconds)
        _signal_group(signal.SIGKILL)

    threading.Thread(target=wait, name="follow-parent", daemon=True).start()


def _signal_group(number: signal.Signals) -> None:
    """Signal ourselves and what we started; each child of `up` leads a group of its own."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, number)
    else:
        os.kill(os.getpid(), number)


@dataclass
class _Child:
    program: Program
    process: asyncio.subprocess.Process
    started: float = field(default_factory=time.monotonic)
    watch: asyncio.Task[None] | None = None


class Supervisor:
    """Starts children one after another and ends them in reverse."""

    def __init__(self, logs: Path, say: Say) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self._say = say
        self._children: list[_Child] = []
        self._stopping = False
        self._pipe = os.pipe()

    def log_of(self, name: str) -> Path:
        """The file that holds what this child says."""
        return self._logs / f"{name}.log"

    async def start(self, program: Program) -> None:
        """Start a child and return when it answers; from then on it is restarted when it dies.

        Raises ChildFailedError with the last lines of its log.
        """
        child = _Child(program, await self._spawn(program))
        self._children.append(child)
        end = time.monotonic() + program.patience_seconds
        while not await program.healthy():
            if child.process.returncode is not None:
                raise ChildFailedError(self._obituary(child, "ended while it was being started"))
            if time.monotonic() > end:
                raise ChildFailedError(self._obituary(child, "does not answer"))
            await asyncio.sleep(0.05)
        child.watch = asyncio.create_task(self._keep(child))

    async def run(self, program: Program, hear: Say) -> str:
        """Run a child to its end and return its standard output; `hear` gets its other lines.

        Raises ChildFailedError when it fails.
        """
        process = await self._spawn(program, piped=True)
        child = _Child(program, process)
        self._children.append(child)
        assert process.stdout
        assert process.stderr
        output, said = await asyncio.gather(
            process.stdout.read(), _relay(process.stderr, hear, self.log_of(program.name))
        )
        code = await process.wait()
        self._children.remove(child)
        if code:
            log = self.log_of(program.name)
            raise ChildFailedError(
                f"{program.name} failed: {said or how_ended(code)}\nIts log: {log}"
            )
        return output.decode(errors="replace")

    async def stop(self) -> None:
        """End every child, the last one first; whoever does not end in its time is killed."""
        self._stopping = True
        for child in reversed(self._children):
            if child.watch:
                child.watch.cancel()
            await _end(child)
        self._children.clear()
        for descriptor in self._pipe:
            os.close(descriptor)
        self._pipe = (-1, -1)

    def kill(self) -> None:
        """End every child at once, for somebody who presses Ctrl-C twice."""
        for child in self._children:
            _signal(child.process, signal.SIGKILL)

    async def _spawn(self, program: Program, *, piped: bool = False) -> asyncio.subprocess.Process:
        with _open_log(self.log_of(program.name)) as log:
            return await asyncio.create_subprocess_exec(
                *program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if piped else log,
                stderr=asyncio.subprocess.PIPE if piped else log,
                env={**program.environment, LIFELINE: str(self._pipe[0])},
                pass_fds=(self._pipe[0],),
                # Ctrl-C in a terminal signals its whole group; the order of ending is ours.
                start_new_session=True,
            )

    async def _keep(self, child: _Child) -> None:
        """Restart a child whenever it dies, more slowly each time it dies young."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            code = await child.process.wait()
            if self._stopping:
                return
            if time.monotonic() - child.started > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            self._say(
                f"{child.program.name} ended ({how_ended(code)}); starting it again in "
                f"{pause:g} s. Its log: {self.log_of(child.program.name)}"
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            child.process = await self._spawn(child.program)
            child.started = time.monotonic()

    def _obituary(self, child: _Child, what: str) -> str:
        log = self.log_of(child.program.name)
        lines = log.read_text(errors="replace").splitlines()[-12:]
        return "\n".join([f"{child.program.name} {what}. The end of its log {log}:", *lines])


def how_ended(code: int) -> str:
    """Say in words what an exit code means."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


async def _relay(stream: asyncio.StreamReader, hear: Say, log: Path) -> str:
    """Pass lines on as they come, keep them in the log, and return the last one."""
    last = ""
    with _open_log(log) as file:
        async for raw in stream:
            file.write(raw)
            file.flush()
            line = raw.decode(errors="replace").rstrip()
            if line:
                last = line
                hear(line)
    return last


async def _end(child: _Child) -> None:
    process = child.process
    _signal(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), child.program.grace_seconds)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """Signal a child and what the child itself has started, such as the build's own helpers."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _open_log(path: Path) -> IO[bytes]:
    """Open a log to append; a very long one becomes the old one first."""
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def own_command(*words: str) -> tuple[str, ...]:
    """Give the command line that runs one of our own commands in this same Python."""
    return (sys.executable, "-m", "djplatform.cli", *words)
