"""What the documents say is true: commands exist, variables are read, links lead somewhere."""

import re
import tomllib
from pathlib import Path

import pytest
from cyclopts.exceptions import CycloptsError
from pydantic import AliasChoices

from djplatform.cli.app import app
from djplatform.core.secrets import BRANDS
from djplatform.settings import ROOT, Settings, StripeAccount

README = ROOT / "README.md"
DEPLOY = ROOT / "djplatform" / "docs" / "deploy" / "README.md"
DEPENDENCIES = ROOT / "djplatform" / "docs" / "adr" / "0001-dependencies.md"
DOCUMENTS = sorted([README, *(ROOT / "djplatform" / "docs").rglob("*.md")])
VARIABLE = re.compile(r"^#? ?((?:DJP|DATABASE)_[A-Z0-9_]+)=(.*)$")


def commands(document: Path) -> list[str]:
    """What stands behind `djplatform` where a command is shown: in a code block or in backticks."""
    words = r"(?:^|`|run )djplatform ([a-z-]+(?: [A-Za-z0-9./-]+)*)(?=`|$)"
    return re.findall(words, document.read_text(), re.MULTILINE)


@pytest.mark.feature("389/readme")
def test_every_command_in_the_documents_can_be_parsed() -> None:
    found = [words for document in (README, DEPLOY) for words in commands(document)]
    assert len(found) > 12
    for words in found:
        try:
            app.parse_args(words.split(), exit_on_error=False, print_error=False)
        except CycloptsError as error:
            pytest.fail(f"djplatform {words}: {error}")


@pytest.mark.feature("389/readme")
def test_every_command_of_a_person_is_in_the_readme() -> None:
    text = README.read_text()
    shown = [name for name in app if not name.startswith("-") and app[name].show]
    assert len(shown) >= 11
    assert [
        name for name in shown if f"djplatform {name}" not in text and f"`{name}`" not in text
    ] == []


def settings_variables() -> set[str]:
    names: set[str] = set()
    for field, about in Settings.model_fields.items():
        alias = about.validation_alias
        if isinstance(alias, AliasChoices):
            names.add(str(alias.choices[0]))
        elif field == "stripe":
            names |= {f"DJP_STRIPE__TIPJAR__{key.upper()}" for key in StripeAccount.model_fields}
        else:
            names.add(str(alias or f"DJP_{field.upper()}"))
    return names


def env_example() -> dict[str, tuple[str, str]]:
    """Each variable with its value and the comment above it, which may be that of a group."""
    found: dict[str, tuple[str, str]] = {}
    comment = ""
    for line in (ROOT / ".env.example").read_text().splitlines():
        match = VARIABLE.match(line)
        if match:
            found[match[1]] = (match[2], comment)
        else:
            comment = "" if "──" in line else line.removeprefix("#").strip()
    return found


@pytest.mark.feature("388/spine")
def test_env_example_lists_exactly_what_is_read() -> None:
    assert set(env_example()) == settings_variables()


@pytest.mark.feature("388/spine")
def test_env_example_comments_on_everything_and_sets_nothing() -> None:
    text = (ROOT / ".env.example").read_text()
    assert [name for name, (_, comment) in env_example().items() if not comment] == []
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == []
    assert all(brand.upper() in text for brand in BRANDS)


@pytest.mark.feature("388/spine")
def test_the_values_of_env_example_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, (value, _) in env_example().items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert read.public_port == 443
    assert read.stripe["tipjar"].snapshot_secrets[0].get_secret_value().startswith("whsec_")


@pytest.mark.feature("389/links")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"(!?)\[[^\]]*\]\(([^)#]+)\)", document.read_text())
    for image, target in targets:
        if target.startswith(("http:", "https:")):
            continue
        place = document.parent / target
        taken = any(place.parent.glob("*.png"))
        assert place.exists() or (image and not taken), target


def direct_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return {re.split(r"[\[=<>]", line)[0] for line in lines}


def test_every_dependency_is_justified_and_no_other_is_named() -> None:
    rows = re.findall(r"^\| ([a-z0-9-]+) \|", DEPENDENCIES.read_text(), re.MULTILINE)
    assert set(rows) - {"package"} == direct_dependencies()


def test_every_direct_dependency_is_pinned_exactly() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert [line for line in lines if "==" not in line] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = re.search(r"^uv run (pytest.*)$", README.read_text(), re.MULTILINE)
    assert command
    assert f"uv run --no-sync {command[1]}" in (ROOT / ".ci" / "run").read_text()
