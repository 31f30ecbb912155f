"""How commands speak: progress to the error stream, results to standard output."""

import json
import sys
from collections.abc import Mapping


def say(line: str) -> None:
    """Show progress, without disturbing what another program reads from standard output."""
    print(line, file=sys.stderr, flush=True)


def show(line: str = "") -> None:
    """Print a line of the result at once, also into a pipe."""
    print(line, flush=True)


def show_json(value: Mapping[str, object]) -> None:
    """Print one JSON object as one line, which every `--json` promises to be the last."""
    show(json.dumps(value, ensure_ascii=False, default=str))
