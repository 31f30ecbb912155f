"""A database to work on: the embedded one or that of `DATABASE_URL`, with its roles and tables."""

import fcntl
import json
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from djplatform.core.db import embedded
from djplatform.core.db.roles import OWNER
from djplatform.core.secrets import Role, Secrets, Serving, environment, load_or_create
from djplatform.settings import ROOT

DATABASE = "djplatform"
OWNER_VARIABLES = ("DATABASE_URL", "DJP_DATABASE_URL")
LOGIN_VARIABLES = {
    "djp_web": "DATABASE_WEB_URL",
    "djp_worker": "DATABASE_WORKER_URL",
    "djp_platform": "DATABASE_PLATFORM_URL",
    "djp_hub": "DATABASE_HUB_URL",
    "djp_sandbox": "DATABASE_SANDBOX_URL",
}
VARIABLES = (*OWNER_VARIABLES, *LOGIN_VARIABLES.values())
OPTIONAL_LOGINS = ("djp_sandbox",)
WORKERS_ROLE = "djp_system"
LOCK = "up.lock"
PREPARED = "DJP_PREPARED"
"""Set for children, so that a tool which `up` starts does not prepare everything again."""


class CannotStartError(RuntimeError):
    """Something that the person has to mend first; the text says how."""


@dataclass
class Prepared:
    """A database that is ready, and how each kind of process reaches it."""

    serving: Serving
    secrets: Secrets
    urls: Mapping[str, str]
    server: embedded.Embedded | None
    """The embedded server, when there is one."""

    def environment(self, role: Role) -> dict[str, str]:
        """Build the whole environment of a process: the person's own and what we add.

        Other processes' database URLs are taken out of it, the owner's above all.
        """
        base = {key: value for key, value in os.environ.items() if key not in VARIABLES}
        generated = environment(self.secrets, self.urls, self.serving, role)
        kept = {key for key in ("DJP_SCOPE_KEY", "DJP_SIGNING_KEY") if base.get(key)}
        told = {key: value for key, value in generated.items() if key not in kept}
        return base | told | {PREPARED: "1"}

    def close(self) -> None:
        """Let go of the embedded server; it ends unless somebody else uses it."""
        if self.server:
            self.server.stop()


def default_data_dir() -> Path:
    """Where data lie when nobody says otherwise."""
    return Path(os.environ.get("DJP_DATA_DIR") or ROOT / ".data")


def is_prepared() -> bool:
    """Whether `up` has given this process a database that is ready."""
    return bool(os.environ.get(PREPARED))


def running_on(data_dir: Path) -> Serving | None:
    """Tell how the `up` of this data directory serves, when one is running."""
    try:
        descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        told = json.loads(os.pread(descriptor, 1000, 0) or b"{}")
        return Serving(data_dir, **told) if told else None
    else:
        return None  # nobody holds it: what it says is old
    finally:
        os.close(descriptor)


@contextmanager
def only_one(serving: Serving) -> Generator[None]:
    """Hold the data directory; two servers on one would take each other's jobs and logs."""
    data_dir = serving.data_dir
    descriptor = os.open(data_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotStartError(
                f"djplatform is running already with the data of {data_dir}. End it with Ctrl-C, "
                "or start another one with its own: djplatform up --port 8010 --data-dir OTHER"
            ) from error
        told = {key: value for key, value in asdict(serving).items() if key != "data_dir"}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(told).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def external_url() -> str:
    """Give the owner's URL of an own PostgreSQL, or nothing for the embedded one."""
    return next((os.environ[name] for name in OWNER_VARIABLES if os.environ.get(name)), "")


def prepare(serving: Serving, say: Callable[[str], None]) -> Prepared:
    """Start or reach the database and bring it to the present revision; safe to repeat.

    Raises CannotStartError, EmbeddedServerError or BrokenSecretsError with a sentence to read.
    """
    secrets = load_or_create(serving.data_dir)
    url = external_url()
    if url:
        return _prepare_external(url, secrets, serving, say)
    say("Starting PostgreSQL")
    server = embedded.start(serving.data_dir, say=say)
    try:
        say("Bringing the tables up to date")
        urls = _bootstrap(server.superuser_url, secrets, database=DATABASE)
        prepared = Prepared(replace(serving, sandbox=True), secrets, urls, server)
        refuse_bypass(prepared)
    except BaseException:
        server.stop()
        raise
    return prepared


def _prepare_external(
    url: str, secrets: Secrets, serving: Serving, say: Callable[[str], None]
) -> Prepared:
    say("Bringing the tables of DATABASE_URL up to date")
    given = {login: os.environ.get(name, "") for login, name in LOGIN_VARIABLES.items()}
    needed = [login for login in given if login not in OPTIONAL_LOGINS]
    if all(given[login] for login in needed):
        _migrate_only(url, secrets)
        urls = {login: value for login, value in given.items() if value} | {"owner": url}
    else:
        # A URL that is given wins over the one that we would make.
        urls = _bootstrap(url, secrets) | {login: value for login, value in given.items() if value}
    chosen = os.environ.get("DJP_SANDBOX", "").lower() in {"1", "true", "yes", "on"}
    prepared = Prepared(replace(serving, sandbox=chosen), secrets, urls, None)
    refuse_bypass(prepared)
    return prepared


def _scope_key(secrets: Secrets) -> str:
    return os.environ.get("DJP_SCOPE_KEY") or secrets.scope_key


def _bootstrap(url: str, secrets: Secrets, *, database: str | None = None) -> dict[str, str]:
    from djplatform.core.db.bootstrap import CannotCreateRoles, bootstrap

    try:
        return dict(bootstrap(url, secrets.passwords, _scope_key(secrets), database=database))
    except CannotCreateRoles as error:
        names = ", ".join(LOGIN_VARIABLES.values())
        raise CannotStartError(f"{error}\nThen set {names} and start again.") from error


def _migrate_only(url: str, secrets: Secrets) -> None:
    """For an owner who may create no roles: an administrator has made them, and gave their URLs."""
    from djplatform.core.db.bootstrap import migrate, store_scope_key

    migrate(url)
    store_scope_key(url, _scope_key(secrets), int(os.environ.get("DJP_SCOPE_KEY_ID", "1")))


def refuse_bypass(prepared: Prepared) -> None:
    """Refuse to start when the web login could see another tenant's rows."""
    from djplatform.core.db.login_check import ways_past_policies

    found = ways_past_policies(prepared.urls["djp_web"], forbidden=(WORKERS_ROLE, OWNER))
    if found:
        raise CannotStartError(
            "The web process would not be held by the row policies: "
            + "; ".join(str(way) for way in found)
            + ". Give it a login of its own: unset DATABASE_WEB_URL, or name a plain login there."
        )
