"""What the operating system knows of a PostgreSQL server: is it alive, and how is it ended."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from djplatform.core.db.embedded_home import EmbeddedServerError

STOP_SECONDS = 60


@dataclass(frozen=True)
class Postmaster:
    """A living server."""

    pid: int
    socket_directory: Path


def postmaster(data: Path) -> Postmaster | None:
    """Find the living server of this folder by `postmaster.pid` and what the system says."""
    with suppress(OSError, ValueError, IndexError):
        lines = (data / "postmaster.pid").read_text().splitlines()
        found = Postmaster(int(lines[0]), Path(lines[4]))
        if _serves(found.pid, data):
            return found
    return None


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is a living server of this folder: no zombie, no reused number."""
    process = Path("/proc") / str(pid)
    if not Path("/proc/self/stat").exists():  # not Linux
        return _exists(pid)
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX" and (process / "cwd").readlink() == data.resolve()
    except OSError:
        return False


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def clear_the_dead(data: Path) -> None:
    """Remove the pid file of a dead server, and end what is left of it.

    PostgreSQL trusts `kill(pid, 0)`, which also succeeds for a zombie that nobody reaps (a
    container without an init) and for a number that another program has now. It still guards
    itself by the shared memory of the data folder.
    """
    (data / "postmaster.pid").unlink(missing_ok=True)
    if not Path("/proc/self/stat").exists():
        return
    end = time.monotonic() + 5
    while orphans := _backends(data):
        if time.monotonic() > end:
            for pid in orphans:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.03)


def _backends(data: Path) -> list[int]:
    """List the processes of a dead server; they end by themselves once they notice."""
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in numbers if _serves(pid, data)]


def shut_down(data: Path) -> None:
    """End the server of this folder: politely, then at once, then hard; recovery mends the rest."""
    found = postmaster(data)
    if found is None:
        return
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(found.pid, number)
        end = time.monotonic() + STOP_SECONDS / 2
        while time.monotonic() < end:
            if not _serves(found.pid, data):
                return
            time.sleep(0.02)
    raise EmbeddedServerError(f"PostgreSQL (process {found.pid}) does not end.")
