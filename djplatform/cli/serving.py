"""Commands that serve: all at once, or one process of it."""

import os
import sys
from typing import Annotated

from cyclopts import Parameter

from djplatform.cli import engines
from djplatform.cli.options import DataDir, chosen_data_dir
from djplatform.cli.output import say
from djplatform.cli.preparation import CannotStartError
from djplatform.core.processes import follow_parent
from djplatform.core.secrets import Role, needed_by
from djplatform.settings import Settings


def up(
    *,
    port: int = 8000,
    data_dir: DataDir = None,
    demo: bool = True,
    lan: Annotated[bool, Parameter(negative="", show_default=False)] = False,
) -> None:
    """Serve everything: database, sandbox vendors, web and worker, with demo data.

    Parameters
    ----------
    port
        The port of the website; the sandbox takes the next free one.
    demo
        Fill an empty database with demo people. `--no-demo` leaves it empty.
    lan
        Listen on the local network too and print a code for a phone's camera.
    """
    from djplatform.cli.up import Options
    from djplatform.cli.up import up as serve_everything

    place = chosen_data_dir(data_dir)
    code = serve_everything(Options(port=port, data_dir=place, demo=demo, lan=lan))
    sys.stdout.flush()
    os._exit(code)  # a thread that still waits for the database must not hold up the end


def web() -> None:
    """Serve pages, streams and webhooks; one process of `up`."""
    _run(engines.WEB, "web")


def worker() -> None:
    """Do durable jobs and schedules; one process of `up`."""
    _run(engines.WORKER, "worker")


def sandbox() -> None:
    """Simulate the vendors, so that nothing outside is called; one process of `up`."""
    _run(engines.SANDBOX, "sandbox")


def build_frontend() -> None:
    """Compile the frontend unless it is up to date."""
    from djplatform.ui.frontend import FrontendBuildFailed

    follow_parent()
    try:
        engines.call(engines.FRONTEND, progress=say)
    except FrontendBuildFailed as error:  # its words were shown as they came
        raise CannotStartError("The frontend could not be built.") from error


def _run(engine: str, role: Role) -> None:
    follow_parent()
    Settings()  # what is wrong in the environment is said here, and not by a traceback later
    missing = [name for name in needed_by(role) if not os.environ.get(name)]
    if missing:
        raise CannotStartError(
            f"not set: {', '.join(missing)}. `djplatform up` starts every process with what it "
            "needs; to run one alone, give it the variables of .env.example."
        )
    engines.call(engine)


COMMANDS = (up, web, worker, sandbox)
HIDDEN = (build_frontend,)
