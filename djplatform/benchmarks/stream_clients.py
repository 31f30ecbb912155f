"""Many stream clients in a process of their own: raw sockets and one epoll loop.

They cost as little as can be, so that what is measured is the server and not the listeners.
Started as `python -m djplatform.benchmarks.stream_clients PORT PATH COUNT`; every event carries
`"at":<seconds>`, the moment at which it was published.
"""

import json
import re
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import IO, Any

_STAMP = re.compile(rb'"at":([0-9.]+)')
_SPARE_FILES = 512


class NotEnoughFiles(RuntimeError):
    """The machine does not allow as many open files as the benchmark needs sockets."""


def raise_file_limit(wanted: int) -> None:
    """Make room for so many sockets in this process.

    Raises:
        NotEnoughFiles: the hard limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _SPARE_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise NotEnoughFiles(f"{wanted} sockets need {needed} open files, the limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


class Clients:
    """The clients' process, as the benchmark sees it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._commands: IO[str] = process.stdin
        self._answers: IO[str] = process.stdout

    def latencies(self) -> list[float]:
        """Seconds from publishing to arrival, one for each delivery since the last call."""
        self._commands.write("report\n")
        self._commands.flush()
        return json.loads(self._answers.readline())

    @property
    def pid(self) -> int:
        """The process of the clients."""
        return self._process.pid


@contextmanager
def connected(port: int, path: str, count: int) -> Generator[Clients]:
    """Open so many streams and keep them open while the block runs.

    Raises:
        RuntimeError: they could not all be opened.
    """
    command = [sys.executable, "-m", __name__, str(port), path, str(count)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        clients = Clients(process)
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"the {count} clients could not connect")
        yield clients
    finally:
        process.kill()
        process.communicate()


def _connect(port: int, path: str, count: int) -> selectors.BaseSelector:
    selector = selectors.DefaultSelector()
    request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n".encode()
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), timeout=30)
        client.sendall(request)
        head = client.recv(4096)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace"))
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ, client)
    return selector


def _listen(selector: selectors.BaseSelector) -> None:
    latencies: list[float] = []
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.data is None:
                if not sys.stdin.readline():
                    return
                sys.stdout.write(json.dumps(latencies) + "\n")
                sys.stdout.flush()
                latencies = []
                continue
            latencies += _read(key.data)


def _read(client: socket.socket) -> list[float]:
    data = client.recv(65_536)
    now = time.time()
    if not data:
        raise ConnectionError("the server closed a stream")
    return [now - float(stamp) for stamp in _STAMP.findall(data)]


def _main(arguments: list[str]) -> Any:
    port, path, count = int(arguments[0]), arguments[1], int(arguments[2])
    raise_file_limit(count)
    selector = _connect(port, path, count)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    _listen(selector)


if __name__ == "__main__":
    _main(sys.argv[1:])
