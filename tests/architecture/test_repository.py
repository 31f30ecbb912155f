"""The repository is a Python application: its shape, what it stands on, and how little else."""

import subprocess
import tomllib
from collections.abc import Iterable

import pytest

from djplatform.settings import ROOT

DESIGN_CARD = {"reflex", "sqlmodel", "psycopg", "stripe", "httpx"}
"""Those packages of the design card that something uses so far."""
OF_OTHERS = {"assets/js/htmx-2.min.js", "assets/js/htmx-sse-2.min.js"}
GLUE = 0.02
"""Script of our own beside Python: what only a browser can do, such as keeping a stream open."""


def tracked(*patterns: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


@pytest.mark.feature("383/shape")
def test_the_folders_are_those_of_a_reflex_application() -> None:
    assert {name.split("/")[0] for name in tracked()} >= {
        "rxconfig.py", "djplatform", "assets", "alembic", "tests", "pyproject.toml", "README.md",
    }  # fmt: skip


@pytest.mark.feature("383/packages")
def test_it_stands_on_the_packages_of_the_design_card() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {line.split("==")[0].split("[")[0] for line in project["dependencies"]}
    assert named >= DESIGN_CARD


@pytest.mark.feature("383/no-javascript")
def test_no_application_is_written_in_javascript() -> None:
    ours = set(tracked("*.js", "*.jsx", "*.ts", "*.tsx", "*.mjs", "*.vue")) - OF_OTHERS
    assert size_of(ours) < GLUE * size_of(tracked("djplatform/*.py")), ours


def size_of(names: Iterable[str]) -> int:
    """Bytes of these files together."""
    return sum((ROOT / name).stat().st_size for name in names)
