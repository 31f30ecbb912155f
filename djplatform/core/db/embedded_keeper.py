"""Keeps one PostgreSQL server running for as long as somebody holds its lock.

Run by path, as a process of its own, and therefore without an import of the package. Everyone
who uses the server holds a shared lock on one file; the keeper waits for the exclusive lock,
which the kernel grants when the last holder let go or died, also by `kill -9`. Then it shuts the
server down. That is surer than a pipe to one parent: a second command may use the server too.
"""

import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import TypedDict

PATIENCE_SECONDS = 30
PR_SET_PDEATHSIG = 1


class Order(TypedDict):
    """What `embedded.py` writes on the command line, as JSON."""

    command: list[str]
    user: int | None
    group: int | None
    holders: str
    """The file on which every user of the server holds a shared lock."""
    alive: str
    """The file that the keeper holds locked while the server runs."""


def _die_with_keeper() -> Callable[[], None] | None:
    """On Linux the kernel shuts the server down when the keeper itself is killed."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    return ask


def _launch(order: Order) -> "subprocess.Popen[bytes]":
    changes_user = order["user"] is not None
    return subprocess.Popen(
        order["command"],
        stdin=subprocess.DEVNULL,
        user=order["user"],
        group=order["group"],
        extra_groups=[] if changes_user else None,
        preexec_fn=_die_with_keeper(),  # the keeper has no thread yet
    )


def _end_with_last_holder(path: str, server: "subprocess.Popen[bytes]") -> None:
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    server.send_signal(signal.SIGINT)  # fast shutdown: clients are sent away, nothing is lost
    time.sleep(PATIENCE_SECONDS)
    server.send_signal(signal.SIGQUIT)  # a backend that hangs: recovery follows at the next start


def main() -> int:
    """Launch what the order says in the background, and wait until it ends."""
    order: Order = json.loads(sys.argv[1])
    alive = os.open(order["alive"], os.O_RDWR)
    fcntl.flock(alive, fcntl.LOCK_EX)
    if os.fork():
        return 0  # so nobody has to wait for the keeper; the lock goes with the child
    server = _launch(order)

    def end(_number: int, _frame: FrameType | None) -> None:
        server.send_signal(signal.SIGINT)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    watch = threading.Thread(
        target=_end_with_last_holder, args=(order["holders"], server), daemon=True
    )
    watch.start()
    return server.wait()


if __name__ == "__main__":
    sys.exit(main())
