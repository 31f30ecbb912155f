"""One process at a time, by a lock on a file."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from djplatform.core.file_lock import exclusive

HOLD = """
import sys
from pathlib import Path
from djplatform.core.file_lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_second_waits_for_the_first(tmp_path):
    path, waits, order = tmp_path / "x.lock", Event(), []

    def second() -> None:
        with exclusive(path, waits.set):
            order.append("second")

    with ThreadPoolExecutor() as pool:
        with exclusive(path):
            done = pool.submit(second)
            assert waits.wait(10)
            order.append("first")
        done.result(10)
    assert order == ["first", "second"]


def test_nobody_waits_for_the_dead(tmp_path):
    path, said = tmp_path / "x.lock", []
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        holder.kill()
        holder.wait()
        with exclusive(path, lambda: said.append("waits")):
            pass
    assert said == []
