"""What the commands promise: one JSON object as the last line, and an honest exit code."""

import json
import sys

import pytest

from djplatform.cli import engines
from djplatform.cli.app import run
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


def test_wrong_settings_name_their_variable_and_repeat_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from djplatform.settings import Settings

    def read() -> None:
        Settings()

    monkeypatch.setenv("DJP_PORT", "secret-by-mistake")
    monkeypatch.setattr(sys.modules[HERE], "prove", read)
    monkeypatch.setattr(engines, "ISOLATION", f"{HERE}:prove")
    assert run(["prove-isolation"]) == 1
    said = capsys.readouterr().err
    assert "DJP_PORT" in said
    assert "secret-by-mistake" not in said


@pytest.mark.parametrize("name", ["web", "worker", "sandbox"])
def test_one_process_alone_says_what_it_misses(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(f"DATABASE_{name.upper()}_URL", raising=False)
    assert run([name]) == 1
    assert f"DATABASE_{name.upper()}_URL is not set" in capsys.readouterr().err
