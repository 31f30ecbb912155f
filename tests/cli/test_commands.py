"""What the commands promise: one JSON object as the last line, and an honest exit code."""

import json
import re
from pathlib import Path

import pytest

from djplatform.cli import engines, preparation
from djplatform.cli.app import run
from djplatform.cli.preparation import only_one
from djplatform.core.secrets import Serving
from tests.cli import engines as fakes

HERE = "tests.cli.engines"
pytestmark = pytest.mark.feature("389/commands")


def last_object(text: str) -> dict[str, object]:
    return json.loads(text.strip().splitlines()[-1])


def test_isolation_passes_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "ISOLATION", f"{HERE}:prove")
    assert run(["prove-isolation", "--json"]) == 0
    assert last_object(capsys.readouterr().out) == {"tables": 3, "attacks": 45, "leaks": 0}
    monkeypatch.setattr(engines, "ISOLATION", f"{HERE}:prove_leaky")
    assert run(["prove-isolation", "--json"]) == 1
    assert last_object(capsys.readouterr().out)["leaks"] == 2


def test_an_engine_that_breaks_still_ends_with_an_object(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "ISOLATION", f"{HERE}:broken")
    with pytest.raises(RuntimeError):
        run(["prove-isolation", "--json"])
    assert "the cluster did not start" in str(last_object(capsys.readouterr().out)["error"])


def test_benchmarks_are_listed_and_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "BENCHMARKS", f"{HERE}:names")
    monkeypatch.setattr(engines, "BENCHMARK", f"{HERE}:measure")
    assert run(["bench", "--list"]) == 0
    assert capsys.readouterr().out.split() == ["fanout", "rls"]
    assert run(["bench", "rls", "--json"]) == 0
    assert last_object(capsys.readouterr().out)["ratio"] == 1.0
    monkeypatch.setattr(engines, "BENCHMARK", f"{HERE}:measure_slow")
    assert run(["bench", "rls", "--json"]) == 1
    capsys.readouterr()
    assert run(["bench", "nothing"]) == 1
    assert "fanout, rls" in capsys.readouterr().err


def test_a_night_is_played_at_the_given_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "NIGHT", f"{HERE}:play")
    assert run(["play-night", "--minutes", "0.5", "--url", "http://127.0.0.1:9", "--json"]) == 0
    assert fakes.SEEN[-1] == {"url": "http://127.0.0.1:9", "minutes": 0.5}
    told = capsys.readouterr()
    assert last_object(told.out) == {"tips": 4}
    # What happens meanwhile goes where it does not disturb whoever reads the result.
    assert told.err == "A fan tipped 5.00\n"


def test_a_night_needs_a_server_and_says_which(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Never at whoever happens to listen on the usual port."""
    monkeypatch.setattr(engines, "NIGHT", f"{HERE}:play")
    played = len(fakes.SEEN)
    assert run(["play-night", "--data-dir", str(tmp_path), "--json"]) == 1
    assert str(tmp_path) in str(last_object(capsys.readouterr().out)["error"])
    with only_one(Serving(tmp_path, port=8123)):
        assert run(["play-night", "--data-dir", str(tmp_path)]) == 0
    assert [one["url"] for one in fakes.SEEN[played:]] == ["http://127.0.0.1:8123"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["bench", "nothing"], "fanout, rls"),
        (["seed-demo", "--data-dir", "/proc/nothing"], "no `djplatform up` is running"),
        (["play-night", "--data-dir", "/proc/nothing"], "no `djplatform up` is running"),
        (["prove-isolation"], "DJP_PORT: "),
    ],
)
def test_a_failure_is_an_object_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words, says
) -> None:
    monkeypatch.setattr(engines, "BENCHMARKS", f"{HERE}:names")
    monkeypatch.setattr(engines, "ISOLATION", f"{HERE}:read_settings")
    if words == ["prove-isolation"]:
        monkeypatch.setenv("DJP_PORT", "secret-by-mistake")
    assert run([*words, "--json"]) == 1
    told = capsys.readouterr()
    assert says in str(last_object(told.out)["error"])
    assert says in told.err
    assert "secret-by-mistake" not in told.out + told.err
    assert run(words) == 1
    assert capsys.readouterr().out == "", "without --json nothing but what was asked for"


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("web", {"DATABASE_WEB_URL", "DATABASE_HUB_URL", "DATABASE_PLATFORM_URL"}),
        ("worker", {"DATABASE_WORKER_URL", "DATABASE_PLATFORM_URL"}),
        ("sandbox", {"DATABASE_SANDBOX_URL"}),
    ],
)
def test_one_process_alone_names_all_that_it_misses(
    name: str, needs: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in (*preparation.VARIABLES, "DJP_SCOPE_KEY", "DJP_SIGNING_KEY"):
        monkeypatch.delenv(variable, raising=False)
    assert run([name]) == 1
    said = capsys.readouterr().err
    keys = set() if name == "sandbox" else {"DJP_SCOPE_KEY", "DJP_SIGNING_KEY"}
    assert set(re.findall(r"(?:DATABASE|DJP)_[A-Z_]+", said)) == needs | keys
    monkeypatch.setenv(min(needs), "postgresql://x@/x")
    if len(needs) > 1:
        assert run([name]) == 1
        assert min(needs) not in capsys.readouterr().err
