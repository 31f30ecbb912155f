"""A database to work on: the embedded one or that of `DATABASE_URL`, with its roles and tables."""

import fcntl
import json
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

import psycopg
from psycopg.conninfo import conninfo_to_dict

from djplatform.core.db import embedded
from djplatform.core.db.roles import DATABASE, OWNER
from djplatform.core.secrets import (
    URL_VARIABLES,
    Role,
    Secrets,
    Serving,
    environment,
    load_or_create,
)
from djplatform.settings import Settings

OWNER_VARIABLES = ("DATABASE_URL", "DJP_DATABASE_URL")
LOGIN_VARIABLES = {
    login: variable for login, (variable, _) in URL_VARIABLES.items() if login != "owner"
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
        inherited = compiled_once(os.environ, self.serving.data_dir)
        base = {key: value for key, value in inherited.items() if key not in VARIABLES}
        generated = environment(self.secrets, self.urls, self.serving, role)
        kept = {key for key in ("DJP_SCOPE_KEY", "DJP_SIGNING_KEY") if base.get(key)}
        told = {key: value for key, value in generated.items() if key not in kept}
        return base | told | {PREPARED: "1"}

    def close(self) -> None:
        """Let go of the embedded server; it ends unless somebody else uses it."""
        if self.server:
            self.server.stop()


def compiled_once(environment: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    """The environment of a child, with a place in the data directory for what Python compiles.

    Only where it may leave nothing beside the sources, as in many containers: else each of our
    processes would compile more than a thousand modules anew, which doubles the time of a start.
    """
    if not environment.get("PYTHONDONTWRITEBYTECODE") or environment.get("PYTHONPYCACHEPREFIX"):
        return dict(environment)
    place = {"PYTHONPYCACHEPREFIX": str(data_dir / "bytecode"), "PYTHONDONTWRITEBYTECODE": ""}
    return {**environment, **place}


def is_prepared() -> bool:
    """Whether `up` has given this process a database that is ready."""
    return bool(os.environ.get(PREPARED))


def usable(data_dir: Path) -> Path:
    """Make the data directory when it is missing, and see that it can be written.

    Raises CannotStartError when it cannot.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=data_dir) as file:
            file.write(bytes(4096))
    except OSError as error:
        raise CannotStartError(
            f"{data_dir} cannot hold our data: {error.strerror}. Give another place with "
            "--data-dir, or make this one writable for you."
        ) from error
    return data_dir


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
                f"an `up` is running already with the data of {data_dir}. End it with Ctrl-C, "
                "or start another one with its own: djplatform up --port 8010 --data-dir OTHER"
            ) from error
        told = {key: value for key, value in asdict(serving).items() if key != "data_dir"}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(told).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def external_url() -> str:
    """Give the owner's URL of an own PostgreSQL, or nothing for the embedded one.

    Raises CannotStartError when it is no URL; its text does not repeat it.
    """
    url = Settings().owner_url.get_secret_value()
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise CannotStartError(
            "DATABASE_URL is no address of a PostgreSQL. It reads like "
            "postgresql://owner:password@host:5432/database"
        ) from error
    return url


def prepare(serving: Serving, say: Callable[[str], None]) -> Prepared:
    """Start or reach the database and bring it to the present revision; safe to repeat.

    Raises CannotStartError, EmbeddedServerError or BrokenSecretsError with a sentence to read.
    """
    url = external_url()
    secrets = load_or_create(usable(serving.data_dir))
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
    prepared = Prepared(replace(serving, sandbox=Settings().sandbox), secrets, urls, None)
    refuse_bypass(prepared)
    return prepared


def _scope_key(secrets: Secrets) -> tuple[str, int]:
    """The key that signs scopes, and its number: the person's own, else the one that we drew."""
    here = Settings()
    return here.scope_key.get_secret_value() or secrets.scope_key, here.scope_key_id


def _bootstrap(url: str, secrets: Secrets, *, database: str | None = None) -> dict[str, str]:
    from djplatform.core.db.bootstrap import CannotCreateRoles, bootstrap

    key, number = _scope_key(secrets)
    try:
        urls = bootstrap(url, secrets.passwords, key, database=database, scope_key_id=number)
    except CannotCreateRoles as error:
        names = ", ".join(LOGIN_VARIABLES.values())
        raise CannotStartError(f"{error}\nThen set {names} and start again.") from error
    return dict(urls)


def _migrate_only(url: str, secrets: Secrets) -> None:
    """For an owner who may create no roles: an administrator has made them, and gave their URLs."""
    from djplatform.core.db.bootstrap import migrate, store_scope_key

    migrate(url)
    store_scope_key(url, *_scope_key(secrets))


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
