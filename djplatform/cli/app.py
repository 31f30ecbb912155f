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

from djplatform.cli import doctor, serving, tools
from djplatform.cli.output import say
from djplatform.cli.preparation import CannotStartError
from djplatform.core.db.embedded import EmbeddedServerError
from djplatform.core.errors import AppError
from djplatform.core.processes import ChildFailedError
from djplatform.core.secrets import BrokenSecretsError

app = App(
    name="djplatform",
    help="A reactive web app for DJs and the people around them.",
    version=lambda: version("djplatform"),
)
for _command in (*serving.COMMANDS, *tools.COMMANDS, doctor.doctor):
    app.command(_command)
for _hidden in serving.HIDDEN:
    app.command(_hidden, show=False)

EXPECTED = (CannotStartError, EmbeddedServerError, BrokenSecretsError, ChildFailedError, AppError)
"""Failures whose text is meant for the person who typed the command."""


def run(words: list[str] | None = None) -> int:
    """Run one command; a person sees sentences, not tracebacks, for what they can mend."""
    try:
        return int(app(words, result_action="return_int_as_exit_code_else_zero"))
    except BrokenPipeError:  # `djplatform doctor | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except EXPECTED as error:
        say(f"djplatform: {error}")
    except ValidationError as error:
        say(_settings_sentences(error))
    except psycopg.OperationalError as error:
        say(f"djplatform: the database does not answer: {str(error).strip()} Check DATABASE_URL.")
    return 1


def _settings_sentences(error: ValidationError) -> str:
    """Name the variables that are wrong, without repeating what may be a secret."""
    names = [
        f"  DJP_{'__'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
        for one in error.errors(include_input=False)
    ]
    return "\n".join(["djplatform: these settings are wrong:", *names, "See .env.example."])
