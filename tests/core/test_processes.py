"""No child is left behind, whatever happens to its parent; a dead child comes back."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from djplatform.core import processes
from djplatform.core.processes import ChildFailedError, Program, Supervisor

FOLLOWS = "from djplatform.core.processes import follow_parent; follow_parent(0.2);"


def program(name: str, code: str, tmp_path: Path, **changes: float) -> Program:
    """A child that says its pid in a file when it has come up."""
    sign = tmp_path / f"{name}.pid"
    say = f"import os, pathlib; pathlib.Path({str(sign)!r}).write_text(str(os.getpid()));"

    async def healthy() -> bool:
        return sign.exists() and sign.read_text() != ""

    command = (sys.executable, "-c", FOLLOWS + say + code)
    return Program(name, command, dict(os.environ), healthy, **changes)


def pid_of(name: str, tmp_path: Path) -> int:
    return int((tmp_path / f"{name}.pid").read_text())


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


async def until_dead(pid: int) -> None:
    async with asyncio.timeout(20):
        while alive(pid):
            await asyncio.sleep(0.02)


@pytest.fixture
async def said() -> list[str]:
    return []


@pytest.fixture
async def supervisor(tmp_path: Path, said: list[str]) -> AsyncIterator[Supervisor]:
    one = Supervisor(tmp_path / "logs", said.append)
    yield one
    await one.stop()


WAIT = "import signal; signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: signal.pause()"
)


async def test_children_end_in_reverse_order(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(tmp_path / "logs", said.append)
    ends = tmp_path / "ends"
    for name in ("first", "second", "third"):
        note = (
            "import signal, sys\n"
            f"def end(*_): open({str(ends)!r}, 'a').write('{name} '); sys.exit(0)\n"
            "signal.signal(signal.SIGTERM, end)\nsignal.pause()"
        )
        await supervisor.start(program(name, f"exec({note!r})", tmp_path))
    # the sign is written before the handler stands: wait until each is caught
    for name in ("first", "second", "third"):
        await _catches_sigterm(pid_of(name, tmp_path))
    await supervisor.stop()
    assert ends.read_text() == "third second first "
    assert said == []


async def _catches_sigterm(pid: int) -> None:
    async with asyncio.timeout(20):
        while True:
            status = Path(f"/proc/{pid}/status").read_text()
            caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
            if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
                return
            await asyncio.sleep(0.01)


async def test_a_stubborn_child_is_killed(tmp_path: Path, said: list[str]) -> None:
    supervisor = Supervisor(tmp_path / "logs", said.append)
    await supervisor.start(program("deaf", f"exec({STUBBORN!r})", tmp_path, grace_seconds=0.2))
    pid = pid_of("deaf", tmp_path)
    await supervisor.stop()
    assert not alive(pid)


async def test_a_dead_child_comes_back_and_the_log_is_named(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    await supervisor.start(program("web", WAIT, tmp_path))
    first = pid_of("web", tmp_path)
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(20):
        while pid_of("web", tmp_path) == first:
            await asyncio.sleep(0.02)
    assert "web ended (signal SIGKILL)" in said[0]
    assert str(supervisor.log_of("web")) in said[0]


async def test_a_child_that_fails_at_once_fails_the_start(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    async def never() -> bool:
        return False

    command = (sys.executable, "-c", "raise SystemExit('no such table')")
    with pytest.raises(ChildFailedError, match="no such table"):
        await supervisor.start(Program("web", command, dict(os.environ), never))


async def test_a_child_that_never_answers_fails_the_start(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    async def never() -> bool:
        return False

    command = (sys.executable, "-c", WAIT)
    with pytest.raises(ChildFailedError, match="does not answer"):
        await supervisor.start(
            Program("web", command, dict(os.environ), never, patience_seconds=0.1)
        )


async def test_a_task_gives_its_output_and_its_progress(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    heard: list[str] = []
    code = "import sys; print('one step', file=sys.stderr); print('{}')"
    task = program("seed", code, tmp_path)
    assert await supervisor.run(task, heard.append) == "{}\n"
    assert heard == ["one step"]
    failing = program("seed", "raise SystemExit('the reason')", tmp_path)
    with pytest.raises(ChildFailedError, match="the reason"):
        await supervisor.run(failing, heard.append)


@pytest.mark.parametrize("code", [WAIT, f"exec({STUBBORN!r})"])
async def test_a_killed_parent_leaves_no_child(tmp_path: Path, code: str) -> None:
    parent = (
        "import asyncio, pathlib, sys; sys.path.insert(0, '.');"
        "from tests.core.test_processes import program;"
        "from djplatform.core.processes import Supervisor\n"
        "async def main():\n"
        f"    place = pathlib.Path({str(tmp_path)!r})\n"
        "    await Supervisor(place, print).start("
        f"program('web', {code!r}, place))\n"
        "    print('up', flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())"
    )
    command = [sys.executable, "-c", parent]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as up:
        assert up.stdout
        assert up.stdout.readline() == b"up\n"
        child = pid_of("web", tmp_path)
        assert alive(child)
        up.kill()
    await until_dead(child)


def test_a_process_that_nobody_started_follows_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(processes.LIFELINE, raising=False)
    processes.follow_parent()
    assert processes.how_ended(3) == "exit code 3"
