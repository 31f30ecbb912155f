"""Commands that do one thing and end."""

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
from cyclopts import Parameter

from djplatform.cli import engines
from djplatform.cli.options import DataDir, Json, chosen_data_dir
from djplatform.cli.output import say, show, show_json
from djplatform.cli.preparation import (
    CannotStartError,
    external_url,
    is_prepared,
    prepare,
    running_on,
)
from djplatform.cli.welcome import Invitation, people
from djplatform.core import clock
from djplatform.core.processes import follow_parent
from djplatform.core.secrets import Serving
from djplatform.settings import settings


def migrate(*, data_dir: DataDir = None) -> None:
    """Create what is missing in the database and bring it to the present revision."""
    with database(data_dir):
        show("The database is up to date.")


def seed_demo(*, data_dir: DataDir = None, json: Json = False) -> None:
    """Fill an empty database with demo people, and list their log-ins.

    They pay with test cards, so `up` must be running: it brings the simulated vendors.
    """
    follow_parent()
    if not (is_prepared() or external_url()):
        _running(data_dir)
    with database(data_dir):
        found = engines.report(engines.DEMO)
    if json:
        show_json(found)
        return
    for line in people(Invitation.model_validate(found), _address(_running(data_dir))):
        show(line)


def grant_admin(email: str, *, data_dir: DataDir = None) -> None:
    """Make a person, who has signed up already, an admin of the platform.

    Parameters
    ----------
    email
        The address that the person logs in with.
    """
    with database(data_dir), psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("select id from users where email = lower(%s)", [email]).fetchone()
        if row is None:
            raise CannotStartError(f"Nobody has signed up as {email}. Sign up first, then repeat.")
        connection.execute(
            "insert into platform_roles (user_id, role, granted_at, granted_by) "
            "values (%s, 'platform_admin', %s, 'grant-admin') on conflict do nothing",
            [row[0], clock.now()],
        )
    show(f"{email} is an admin of the platform now.")


def prove_isolation(*, json: Json = False) -> int:
    """Attack one tenant's data as another, in a temporary copy, and count what leaked."""

    def attack() -> dict[str, object]:
        return engines.report(engines.ISOLATION)

    def told(found: dict[str, object]) -> Iterable[str]:
        return engines.call(engines.ISOLATION_LINES, found=found)

    return result(attack, json=json, failed=lambda found: bool(found.get("leaks")), told=told)


def play_night(
    *, minutes: float = 2, url: str = "", data_dir: DataDir = None, json: Json = False
) -> int:
    """Let simulated fans arrive at the running server and tip, to be watched on the booth.

    Parameters
    ----------
    minutes
        How long fans keep arriving.
    url
        The address of the server; that of the running `up` when not given.
    """
    address = url.rstrip("/") or _address(_running(data_dir))

    def play() -> dict[str, object]:
        return engines.report(engines.NIGHT, url=address, minutes=minutes, say=say)

    return result(play, json=json, failed=lambda found: bool(found.get("error")))


def bench(
    name: str = "",
    *,
    list_: Annotated[bool, Parameter(name="--list", negative="", show_default=False)] = False,
    json: Json = False,
) -> int:
    """Measure ourselves beside a peer in the same run, and print the ratio.

    Parameters
    ----------
    name
        Which one to run.
    list_
        Name them all.
    """
    known = [str(one) for one in engines.call(engines.BENCHMARKS)]
    if list_:
        return _list(known, json=json)
    if name not in known:
        raise CannotStartError(f"Name a benchmark: {', '.join(known)}.")

    def measure() -> dict[str, object]:
        return engines.report(engines.BENCHMARK, name=name)

    return result(measure, json=json, failed=lambda found: found.get("passed") is False)


def _list(names: list[str], *, json: bool) -> int:
    if json:
        show_json({"benchmarks": names})
    else:
        for name in names:
            show(name)
    return 0


def result(
    work: Callable[[], dict[str, object]],
    *,
    json: bool,
    failed: Callable[[dict[str, object]], bool] = lambda _: False,
    told: Callable[[dict[str, object]], Iterable[str]] | None = None,
) -> int:
    """Show what an engine found, and give the exit code."""
    found = work()
    if json:
        show_json(found)
    else:
        plain = (f"{key}: {value}" for key, value in found.items())
        for line in told(found) if told else plain:
            show(line)
    return 1 if failed(found) else 0


@contextmanager
def database(data_dir: Path | None) -> Generator[None]:
    """Give the command a migrated database and the settings that belong to it."""
    if is_prepared():
        yield
        return
    place = chosen_data_dir(data_dir)
    prepared = prepare(running_on(place) or Serving(place), say)
    try:
        os.environ.update(prepared.environment("tools"))
        settings.cache_clear()
        yield
    finally:
        prepared.close()


def _address(serving: Serving) -> str:
    return f"http://127.0.0.1:{serving.port}"


def _running(data_dir: Path | None) -> Serving:
    """How the `up` of a data directory serves; never whoever else listens on the usual port."""
    place = chosen_data_dir(data_dir)
    serving = running_on(place)
    if serving is None:
        raise CannotStartError(
            f"no `djplatform up` is running with the data of {place}. Start it, or say with "
            "--data-dir where its data lie."
        )
    return serving


COMMANDS = (migrate, seed_demo, grant_admin, prove_isolation, play_night, bench)
