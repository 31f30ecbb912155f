"""`djplatform up` with real processes: it serves, it comes back, and it leaves nothing behind."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from djplatform.cli import network
from djplatform.cli.app import run
from djplatform.cli.preparation import VARIABLES, running_on
from djplatform.core.db import embedded
from tests.serving import children, free_port

START_SECONDS = 240
"""The first start on a machine also builds the frontend."""
END_SECONDS = 10
"""What `up` promises."""


@dataclass
class Up:
    process: asyncio.subprocess.Process
    port: int
    data_dir: Path

    def children(self) -> dict[str, int]:
        """The processes that it started."""
        return children(self.process.pid)

    async def answers(self) -> bool:
        return await network.answers(self.port, "/healthz")


def alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2][1] not in "ZX"
    except OSError:
        return False


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    port, data_dir = free_port(), tmp_path / "data"
    words = ["up", "--port", str(port), "--data-dir", str(data_dir), "--no-demo"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "djplatform.cli",
        *words,
        stdout=asyncio.subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if key not in VARIABLES},
    )
    assert process.stdout
    async with asyncio.timeout(START_SECONDS):
        line = await process.stdout.readline()
    assert line.decode() == f"ready http://127.0.0.1:{port}\n"
    try:
        yield Up(process, port, data_dir)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        embedded.remove(data_dir)


@pytest.mark.feature("389/up")
async def test_a_dead_process_comes_back_and_the_end_waits_for_no_stream(
    up: Up, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(up.children()) == {"sandbox", "web", "worker"}
    first = up.children()["web"]
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(60):
        while up.children().get("web") in {first, None} or not await up.answers():
            await asyncio.sleep(0.1)

    serving = running_on(up.data_dir)
    assert serving
    assert serving.port == up.port
    assert run(["up", "--port", str(free_port()), "--data-dir", str(up.data_dir)]) == 1
    assert "running already" in capsys.readouterr().err

    reader, writer = await asyncio.open_connection("127.0.0.1", up.port)
    request = f"GET /api/stream/anything HTTP/1.1\r\nHost: 127.0.0.1:{up.port}\r\n\r\n"
    writer.write(request.encode())
    assert (await reader.readline()).startswith(b"HTTP/1.1")
    up.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(up.process.wait(), END_SECONDS) == 0
    writer.close()
    assert not embedded.running(up.data_dir)
    assert running_on(up.data_dir) is None


@pytest.mark.feature("389/up")
async def test_a_killed_up_leaves_nothing_and_the_next_one_starts(up: Up) -> None:
    children = up.children()
    up.process.kill()
    await up.process.wait()
    async with asyncio.timeout(30):
        while any(alive(pid) for pid in children.values()) or embedded.running(up.data_dir):
            await asyncio.sleep(0.1)
    assert running_on(up.data_dir) is None
    network.require_free_port(up.port, "127.0.0.1")


def test_a_port_in_use_is_said_with_the_option_to_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(["up", "--port", str(port), "--data-dir", str(tmp_path)]) == 1
        assert network.free_port(port, "127.0.0.1") > port
    said = capsys.readouterr().err
    assert f"Port {port} is in use" in said
    [other] = re.findall(r"--port (\d+)$", said.strip())
    network.require_free_port(int(other), "127.0.0.1")


@pytest.mark.parametrize("port", ["0", "-5", "65536", "99999999999"])
def test_what_is_no_port_is_refused_before_anything_starts(
    port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["up", "--port", port, "--data-dir", str(tmp_path)]) == 1
    assert f"{port} is no port" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_data_is_said_with_the_option_to_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    place = str(tmp_path / "file")
    assert run(["up", "--port", str(free_port()), "--data-dir", place]) == 1
    said = capsys.readouterr().err
    assert f"{place} cannot hold our data" in said
    assert "--data-dir" in said
