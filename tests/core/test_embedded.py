"""The embedded PostgreSQL survives what happens to laptops and containers."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from djplatform.core.db import embedded, embedded_home, embedded_process

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="needs Unix sockets")]
NOBODY = 65534
AS_ROOT = os.geteuid() == 0


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data directory whose server and files are gone after the test."""
    place = tmp_path / "data"
    yield place
    embedded.remove(place)


def ask(server: embedded.Embedded, query: str) -> object:
    with psycopg.connect(server.superuser_url, autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def kill_hard(server: embedded.Embedded) -> None:
    found = embedded_process.postmaster(server.data)
    assert found
    os.kill(found.pid, signal.SIGKILL)


def test_data_survive_a_stop(data_dir: Path) -> None:
    server = embedded.start(data_dir, test=True)
    assert server.started
    assert ask(server, "select current_database() || ' ' || current_user") == "postgres postgres"
    ask(server, "create table note as select 'kept' as text")
    server.stop()
    assert not embedded.running(data_dir)
    server = embedded.start(data_dir, test=True)
    assert ask(server, "select text from note") == "kept"
    server.stop()
    server.stop()  # a second time changes nothing


def test_durability_is_on_unless_a_test_asks(data_dir: Path) -> None:
    server = embedded.start(data_dir)
    assert ask(server, "show fsync") == "on"
    assert ask(server, "show synchronous_commit") == "on"
    assert ask(server, "show max_connections") == "200"
    assert ask(server, "show listen_addresses") == ""
    server.stop()
    server = embedded.start(data_dir, test=True)
    assert ask(server, "show fsync") == "off"


def test_no_acknowledged_row_is_lost_when_the_server_is_killed(data_dir: Path) -> None:
    server = embedded.start(data_dir)
    ask(server, "create table tip (cents int)")
    for cents in range(100):
        ask(server, f"insert into tip values ({cents})")
    kill_hard(server)
    again = embedded.start(data_dir)
    assert again.started
    assert ask(again, "select count(*) from tip") == 100
    again.stop()
    server.stop()


def test_a_zombie_or_a_foreign_process_is_not_taken_for_the_server(data_dir: Path) -> None:
    server = embedded.start(data_dir, test=True)
    pid_file = server.data / "postmaster.pid"
    words = pid_file.read_text().splitlines()
    server.stop()
    with subprocess.Popen([sys.executable, "-c", ""]) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # ended, and not yet reaped
        for pid in (zombie.pid, os.getpid(), os.getppid()):
            pid_file.write_text("\n".join([str(pid), *words[1:]]) + "\n")
            assert not embedded.running(data_dir)
            again = embedded.start(data_dir, test=True)
            assert again.started
            assert ask(again, "select 1") == 1
            again.stop()


def test_the_last_user_ends_the_server(data_dir: Path) -> None:
    first = embedded.start(data_dir, test=True)
    second = embedded.start(data_dir, test=True)
    assert not second.started
    first.stop()
    assert ask(second, "select 1") == 1
    second.stop()
    assert not embedded.running(data_dir)


@contextmanager
def killed_user(data_dir: Path) -> Iterator[None]:
    """A process that started the server and is killed at the end of the block."""
    program = (
        "import sys, pathlib; from djplatform.core.db import embedded;"
        "kept = embedded.start(pathlib.Path(sys.argv[1]), test=True); print('up', flush=True);"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"up\n"
        yield
        child.kill()


def test_a_killed_user_leaves_no_server(data_dir: Path) -> None:
    with killed_user(data_dir):
        assert embedded.running(data_dir)
    end = time.monotonic() + 60
    while embedded.running(data_dir):
        assert time.monotonic() < end, "the server outlives everyone who used it"
        time.sleep(0.05)
    assert embedded.start(data_dir, test=True).started


def test_a_start_right_after_a_kill_has_a_server_that_stays(data_dir: Path) -> None:
    """It waits for the old server's end or, when it was faster than the keeper, keeps it."""
    with killed_user(data_dir):
        pass
    server = embedded.start(data_dir, test=True)
    ask(server, "create table note as select 'kept' as text")
    time.sleep(1)  # a keeper that still meant to end it would have done so
    assert ask(server, "select text from note") == "kept"
    server.stop()
    assert not embedded.running(data_dir)


def test_only_the_administrator_comes_in_without_a_password(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPORT", "1")  # a person's own settings do not lead us astray
    server = embedded.start(data_dir, test=True)
    ask(server, "create role djp_web login password 'right'")
    ask(server, "create role other login")
    with psycopg.connect(server.login_url("djp_web", "right")) as connection:
        assert connection.info.user == "djp_web"
    for url in (server.login_url("djp_web", "wrong"), server.login_url("other", "")):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url, passfile="/nonexistent")
    hashed = ask(server, "select rolpassword from pg_authid where rolname = 'djp_web'")
    assert str(hashed).startswith("SCRAM-SHA-256$")


def test_a_path_longer_than_the_socket_limit(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 20) / ("path" * 20)
    folder.mkdir(parents=True)
    home = embedded_home.Home(folder, Path("/nonexistent"), None)
    sockets = embedded_home.socket_directory(home)
    try:
        assert len(os.fsencode(sockets / ".s.PGSQL.5432")) <= 103
        assert sockets == embedded_home.socket_directory(home), "the same at every start"
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        sockets.chmod(0o755)
        with pytest.raises(embedded.EmbeddedServerError, match="belongs to somebody else"):
            embedded_home.socket_directory(home)
    finally:
        sockets.rmdir()


def test_a_half_made_cluster_is_made_again(data_dir: Path) -> None:
    server = embedded.start(data_dir, test=True)
    server.stop()
    server.data.rename(server.data.with_name("data.draft"))
    (server.data.with_name("data.draft") / "PG_VERSION").unlink()
    again = embedded.start(data_dir, test=True)
    assert ask(again, "select 1") == 1


def test_a_start_that_fails_says_why(data_dir: Path) -> None:
    server = embedded.start(data_dir, test=True)
    server.stop()
    (server.data / "global" / "pg_control").unlink()
    with pytest.raises(embedded.EmbeddedServerError, match="pg_control"):
        embedded.start(data_dir, test=True)


@pytest.mark.skipif(not AS_ROOT, reason="root's files lie elsewhere")
def test_as_root_no_foreign_folder_changes(data_dir: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "data"
    watched = [*inside.parents, embedded_home.find_wheel(), *embedded_home.find_wheel().parents]
    before = {path: (path.stat().st_mode, path.stat().st_uid) for path in watched}
    server = embedded.start(inside, test=True)
    try:
        assert ask(server, "select 1") == 1
        assert server.data.stat().st_uid != 0
        assert before == {path: (path.stat().st_mode, path.stat().st_uid) for path in watched}
    finally:
        server.stop()
        embedded.remove(inside)


@pytest.mark.skipif(not AS_ROOT, reason="root's files lie elsewhere")
def test_as_root_a_removed_data_directory_begins_anew_and_loses_nothing(data_dir: Path) -> None:
    server = embedded.start(data_dir, test=True)
    ask(server, "create table note as select 'kept' as text")
    server.stop()
    shutil.rmtree(data_dir)
    said: list[str] = []
    server = embedded.start(data_dir, test=True, say=said.append)
    assert ask(server, "select to_regclass('note')") is None
    kept = next(server.data.parent.glob("data.before-*"))
    assert str(kept) in said[0]
    assert (kept / "PG_VERSION").exists()


@pytest.mark.skipif(not AS_ROOT, reason="root's files lie elsewhere")
def test_what_killed_tests_left_is_removed_but_nobodys_data(data_dir: Path, tmp_path: Path) -> None:
    killed, kept = tmp_path / "killed", tmp_path / "kept"
    embedded.start(killed, test=True).stop()
    embedded.start(kept).stop()
    shutil.rmtree(killed)
    shutil.rmtree(kept)
    try:
        embedded.start(data_dir, test=True)
        assert not embedded_home.system_folder(killed).exists()
        assert embedded_home.system_folder(kept).exists()
    finally:
        embedded.remove(kept)


def _as_plain_user(work: Callable[[], None]) -> int:
    """Run the work in a forked child of another user; 0 when it went well."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.environ.pop("XDG_RUNTIME_DIR", None)
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a forked child must not run pytest's own ending
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.skipif(not AS_ROOT, reason="the other tests run as a plain user then")
def test_as_a_plain_user_too(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python that another user may run")
    embedded.start(data_dir, test=True).stop()  # copies the programs to where all may read
    programs = embedded_home.find_home(data_dir).programs
    keeper = embedded.KEEPER.read_text()  # the checkout may be closed to others
    place = Path("/tmp") / f"djplatform-test-{os.getpid()}"
    place.mkdir()
    (place / "keeper.py").write_text(keeper)
    os.chown(place, NOBODY, NOBODY)
    monkeypatch.setattr(sys, "executable", python)
    monkeypatch.setattr(embedded, "KEEPER", place / "keeper.py")
    monkeypatch.setattr(embedded_home, "find_wheel", lambda: programs.parent.parent)

    def work() -> None:
        inside = place / "data"
        for round_ in range(2):
            server = embedded.start(inside)
            assert server.data.is_relative_to(inside)
            ask(server, "create table if not exists note (round int)")
            ask(server, f"insert into note values ({round_})")
            if round_ == 0:
                kill_hard(server)
            else:
                assert ask(server, "select count(*) from note") == 2
            server.stop()

    try:
        assert _as_plain_user(work) == 0
    finally:
        shutil.rmtree(place)
