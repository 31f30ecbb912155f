"""A whole product for a while: its own folder, database, ports; gone afterwards.

Benchmarks, the isolation attack and the browser tests use it, so that none of them touches an
installation where people work.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, TextIO

from djplatform.core.db import embedded

START_SECONDS = 600
"""The first start may have to build the frontend."""
STOP_SECONDS = 20


class DidNotStart(RuntimeError):
    """The temporary product did not come up; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Product:
    """A running product: where it answers and where its data lie."""

    port: int
    data_dir: Path
    printed: tuple[str, ...]
    pid: int

    @property
    def url(self) -> str:
        """The neutral brand's address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """The vendor simulators' address."""
        return f"http://127.0.0.1:{self.port + 1}"

    def host(self, brand: str) -> str:
        """The Host header of a brand; Python clients send it to 127.0.0.1."""
        return f"{brand}.localhost:{self.port}"

    def secrets(self) -> dict[str, Any]:
        """What the installation drew for itself: passwords, keys."""
        return json.loads((self.data_dir / "secrets.json").read_text())


@contextmanager
def temporary_product(
    *,
    demo: bool = True,
    port: int | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Generator[Product]:
    """Start `djplatform up` in a folder of its own and stop it at the end.

    `environment` are settings of this product alone; those of the caller do not reach it.

    Raises:
        DidNotStart: it ended, or said nothing of being ready in time.
    """
    with tempfile.TemporaryDirectory(prefix="djplatform-") as made:
        data_dir = folder or Path(made) / "data"
        wanted = port or free_port_pair()
        options = [] if demo else ["--no-demo"]
        command = ["--port", str(wanted), "--data-dir", str(data_dir), *options]
        process = _start(command, environment or {})
        try:
            printed = _await_ready(process)
            yield Product(wanted, data_dir, tuple(printed), process.pid)
        finally:
            _stop(process)
            if folder is None:
                embedded.remove(data_dir)  # as root the database lies elsewhere


def free_port_pair() -> int:
    """A port that is free together with the next one, which the simulators take."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def _start(options: Sequence[str], settings: Mapping[str, str]) -> "subprocess.Popen[str]":
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DJP_", "DATABASE_"))}
    return subprocess.Popen(
        [sys.executable, "-c", "from djplatform.cli import main; main()", "up", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=inherited | dict(settings),
        start_new_session=True,
    )


def _await_ready(process: "subprocess.Popen[str]") -> list[str]:
    lines: Queue[str | None] = Queue()
    output = process.stdout
    if output is None:
        raise DidNotStart("no output")
    Thread(target=_pump, args=(output, lines), daemon=True).start()
    printed: list[str] = []
    while True:
        try:
            line = lines.get(timeout=START_SECONDS)
        except Empty:
            line = None
        if line is None:
            raise DidNotStart("\n".join(printed))
        printed.append(line.rstrip("\n"))
        if line.startswith("ready "):
            return printed


def _pump(output: TextIO, lines: "Queue[str | None]") -> None:
    """Keep reading to the end: a full pipe would stop the product."""
    for line in output:
        lines.put(line)
    lines.put(None)


def _stop(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
