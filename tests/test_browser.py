"""What is fetched from npm is fetched once, whoever asks."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from djplatform import browser


@pytest.fixture
def npm(monkeypatch):
    """Stands for npm: notes what it was told, and fails as often as `fails` says."""
    calls, fails = [], []

    def run(command, folder):
        calls.append(command[-1])
        if fails:
            raise fails.pop()
        (folder / "node_modules").mkdir(exist_ok=True)
        return ""

    monkeypatch.setattr(browser, "_run", run)
    return calls, fails


def test_two_at_once_install_a_package_once(npm, tmp_path):
    calls, _ = npm
    start = Barrier(2)

    def install() -> None:
        start.wait(10)
        browser.npm_install(tmp_path / "tool", "tool@1.0.0")

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(install), pool.submit(install)]:
            done.result(10)
    assert calls == ["tool@1.0.0"]


def test_what_was_broken_off_is_installed_again(npm, tmp_path):
    calls, fails = npm
    fails.append(subprocess.CalledProcessError(1, "npm"))
    with pytest.raises(subprocess.CalledProcessError):
        browser.npm_install(tmp_path, "tool@1.0.0")
    browser.npm_install(tmp_path, "tool@1.0.0")
    browser.npm_install(tmp_path, "tool@1.0.0")
    assert calls == ["tool@1.0.0"] * 2


def test_another_version_is_installed(npm, tmp_path):
    calls, _ = npm
    for version in ("1.0.0", "1.0.1"):
        browser.npm_install(tmp_path, f"tool@{version}")
    assert calls == ["tool@1.0.0", "tool@1.0.1"]
