"""The commands, and how failures are told. A command is a few lines; what it does lies elsewhere.

Cyclopts awaits async commands, exits with the number that a command returns, and prints any
other value; so commands return an exit code or nothing.
"""

import os
import sys
from importlib.metadata import version

import psycopg
from cyclopts import App
from pydantic import ValidationError
from pydantic_settings import SettingsError

from djplatform.cli import doctor, money, serving, tools
from djplatform.cli.output import say, show_json
from djplatform.cli.preparation import CannotStartError
from djplatform.core.db.embedded import EmbeddedServerError
from djplatform.core.errors import AppError
from djplatform.core.processes import ChildFailedError
from djplatform.core.secrets import BrokenSecretsError
from djplatform.settings import Settings, wrong_settings

app = App(
    name="djplatform",
    help="A reactive web app for DJs and the people around them.",
    version=lambda: version("djplatform"),
)
for _command in (*serving.COMMANDS, *tools.COMMANDS, *money.COMMANDS, doctor.doctor):
    app.command(_command)
for _hidden in serving.HIDDEN:
    app.command(_hidden, show=False)

EXPECTED = (CannotStartError, EmbeddedServerError, BrokenSecretsError, ChildFailedError, AppError)
"""Failures whose text is meant for the person who typed the command."""


def run(words: list[str] | None = None) -> int:
    """Run one command; a person sees sentences, not tracebacks, for what they can mend.

    With `--json` the last line of standard output is an object however the command ends.
    """
    try:
        return int(app(words, result_action="return_int_as_exit_code_else_zero"))
    except BrokenPipeError:  # `djplatform doctor | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        sentence = _sentence(error)
        if "--json" in (sys.argv[1:] if words is None else words):
            show_json({"error": sentence or f"{type(error).__name__}: {error}"})
        if sentence is None:
            raise
        say(f"djplatform: {sentence}")
        return 1


def _sentence(error: Exception) -> str | None:
    """What to say to the person, or None for what only a developer can mend."""
    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, ValidationError | SettingsError):
        lines = ["these settings are wrong:", *wrong_settings(error), "See .env.example."]
        return "\n  ".join(lines)
    if isinstance(error, psycopg.OperationalError):
        external = bool(Settings().owner_url.get_secret_value())
        look = "Check DATABASE_URL." if external else "See postgres.log in the data directory."
        return f"the database does not answer: {str(error).strip()} {look}"
    return None
