"""Who may import whom: the contracts hold, and each of them breaks when it is broken."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from djplatform.settings import ROOT

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

PROBES = {
    "skin": ("features/ledger/rules.py", "import reflex"),
    "kernel": ("core/money.py", "import djplatform.features.ledger.rules"),
    "design-system": ("ui/tokens.py", "import djplatform.features.ledger.rules"),
    "rest": ("rest/binding.py", "import djplatform.features.ledger.rules"),
    "vendor-sdks": ("features/payments/rules.py", "import stripe"),
    "sandbox": ("sandbox/serve.py", "import djplatform.vendors.stripe.port"),
    "rules": ("features/payments/rules.py", "import sqlalchemy"),
    "pages": ("features/payments/api.py", "import djplatform.features.payments.repo"),
    "services": ("features/payments/service/__init__.py", "import fastapi"),
    "order": ("features/ledger/rules.py", "import djplatform.features.crowd.dto"),
}
PUBLIC_ROOMS = {"service", "dto", "paths", "feature"}


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
    )


@pytest.mark.feature("42/imports")
def test_every_contract_is_probed() -> None:
    assert {c["id"] for c in CONTRACTS["contracts"]} == set(PROBES)


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("contract", sorted(PROBES))
def test_a_planted_import_breaks_its_contract(contract: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "djplatform",
        tmp_path / "djplatform",
        ignore=lambda folder, names: [n for n in names if n in {"docs", "__pycache__"}],
    )
    where, statement = PROBES[contract]
    target = tmp_path / "djplatform" / where
    if not target.exists():
        target = target.parent.with_suffix(".py")
    target.write_text(target.read_text() + f"\n{statement}\n")
    result = lint(tmp_path, "--contract", contract)
    assert result.returncode != 0, result.stdout
    assert "BROKEN" in result.stdout, result.stdout + result.stderr


def test_features_meet_only_through_their_public_rooms() -> None:
    offences = []
    for path in sorted((ROOT / "djplatform/features").rglob("*.py")):
        own = path.relative_to(ROOT / "djplatform/features").parts[0]
        for module in imported(path):
            parts = module.split(".")
            foreign = parts[:2] == ["djplatform", "features"] and len(parts) > 3
            if foreign and parts[2] != own and parts[3] not in PUBLIC_ROOMS:
                offences.append(f"{path.relative_to(ROOT)} imports {module}")
    assert not offences


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_packages_are_empty_and_rooms_have_the_same_names_everywhere() -> None:
    rooms = {"models", "rules", "repo", "service", "dto", "jobs", "api", "ui", "paths", "feature"}
    rooms |= {"streams", "letters"}
    for folder in sorted((ROOT / "djplatform/features").iterdir()):
        if not folder.is_dir() or folder.name == "__pycache__":
            continue
        assert (folder / "__init__.py").read_text() == "", folder.name
        found = {p.stem for p in folder.iterdir() if p.name not in {"__init__.py", "__pycache__"}}
        assert found <= rooms, f"{folder.name}: {found - rooms}"


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in (ROOT / "djplatform").rglob("*.py")
        if len(path.read_text().splitlines()) > 400
    }
    assert not long
