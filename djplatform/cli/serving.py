"""Commands that serve: all at once, or one process of it."""

import os
import sys
from pathlib import Path

from djplatform.cli import engines
from djplatform.cli.output import say
from djplatform.cli.preparation import CannotStartError, default_data_dir
from djplatform.core.processes import follow_parent


def up(
    *, port: int = 8000, data_dir: Path | None = None, demo: bool = True, lan: bool = False
) -> None:
    """Serve everything: database, sandbox vendors, web and worker, with demo data.

    Parameters
    ----------
    port
        The port of the website; the sandbox takes the next free one.
    data_dir
        Where data, secrets and logs lie; `.data` of the checkout when not given.
    demo
        Fill an empty database with demo people. `--no-demo` leaves it empty.
    lan
        Listen on the local network too and print a code for a phone's camera.
    """
    from djplatform.cli.up import Options
    from djplatform.cli.up import up as serve_everything

    place = (data_dir or default_data_dir()).expanduser().absolute()
    code = serve_everything(Options(port=port, data_dir=place, demo=demo, lan=lan))
    sys.stdout.flush()
    os._exit(code)  # a thread that still waits for the database must not hold up the end


def web() -> None:
    """Serve pages, streams and webhooks; one process of `up`."""
    _run(engines.WEB, "DATABASE_WEB_URL")


def worker() -> None:
    """Do durable jobs and schedules; one process of `up`."""
    _run(engines.WORKER, "DATABASE_WORKER_URL")


def sandbox() -> None:
    """Simulate the vendors, so that nothing outside is called; one process of `up`."""
    _run(engines.SANDBOX, "DATABASE_SANDBOX_URL")


def build_frontend() -> None:
    """Compile the frontend unless it is up to date."""
    from djplatform.ui.frontend import FrontendBuildFailed

    follow_parent()
    try:
        engines.call(engines.FRONTEND, progress=say)
    except FrontendBuildFailed as error:  # its words were shown as they came
        raise CannotStartError("The frontend could not be built.") from error


def _run(engine: str, variable: str) -> None:
    follow_parent()
    if not os.environ.get(variable):
        raise CannotStartError(
            f"{variable} is not set. `djplatform up` starts every process with what it needs; "
            "to run one alone, give it the variables of .env.example."
        )
    engines.call(engine)


COMMANDS = (up, web, worker, sandbox)
HIDDEN = (build_frontend,)
