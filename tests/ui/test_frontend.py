"""When the frontend is built, with what, and what becomes of its output."""

import json
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest
import reflex_base

from djplatform.settings import ROOT
from djplatform.ui import frontend
from djplatform.ui.follow_page import FollowThePage, follow_port
from djplatform.ui.frontend import FrontendBuildFailed, build_env, document_css, fingerprint

TEMPLATE = Path(reflex_base.__file__).parent / ".templates" / "web" / "utils" / "state.js"


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A small checkout, and a folder for what is built."""
    for name, text in {
        "rxconfig.py": "config",
        "djplatform/app.py": "app",
        "djplatform/core/money.py": "money",
        "djplatform/ui/kit.py": "kit",
        "djplatform/features/crowd/ui/pages.py": "pages",
        "djplatform/features/crowd/service.py": "service",
        "assets/app.css": "css",
        "assets/external/generated.js": "made",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("REFLEX_WEB_WORKDIR", str(tmp_path / ".web"))
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    document_css.cache_clear()
    yield tmp_path
    document_css.cache_clear()


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        ("djplatform/ui/kit.py", True),
        ("djplatform/features/crowd/ui/pages.py", True),
        ("djplatform/features/crowd/paths.py", True),
        ("assets/app.css", True),
        ("reflex.lock/package-lock.json", True),
        ("djplatform/features/crowd/service.py", False),
        ("djplatform/core/money.py", False),
        ("assets/external/generated.js", False),
        ("djplatform/ui/__pycache__/kit.pyc", False),
    ],
)
def test_only_what_a_page_is_made_from_asks_for_a_build(checkout, name, matters):
    before = fingerprint()
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("changed")
    assert (fingerprint() != before) is matters


def test_moving_a_file_asks_for_a_build(checkout):
    before = fingerprint()
    (checkout / "djplatform/ui/kit.py").rename(checkout / "djplatform/ui/kit2.py")
    assert fingerprint() != before


def built_by(checkout, monkeypatch, status: int = 0):
    """Replace the build by one that writes what a build writes."""
    runs = []

    def run(progress):
        runs.append(1)
        if status:
            raise FrontendBuildFailed("said")
        (checkout / ".web/build/client/assets").mkdir(parents=True, exist_ok=True)
        (checkout / ".web/build/client/assets/g-1.css").write_text("a{content:'</style>'}")
        (checkout / "reflex.lock").mkdir(exist_ok=True)
        (checkout / "reflex.lock/package-lock.json").write_text("{}")

    monkeypatch.setattr(frontend, "_run_build", run)
    return runs


def test_nothing_changed_means_no_second_build(checkout, monkeypatch):
    runs = built_by(checkout, monkeypatch)
    said = []
    assert frontend.ensure_built(said.append) is True
    assert frontend.ensure_built(said.append) is False
    assert len(runs) == 1
    assert said[-1] == "The frontend is ready."
    (checkout / "djplatform/ui/kit.py").write_text("changed")
    assert frontend.ensure_built(said.append) is True


def test_sources_that_change_during_a_build_ask_for_another(checkout, monkeypatch):
    built_by(checkout, monkeypatch)
    build = frontend._run_build

    def disturbed(progress):
        build(progress)
        (checkout / "djplatform/ui/kit.py").write_text("saved meanwhile")

    monkeypatch.setattr(frontend, "_run_build", disturbed)
    frontend.ensure_built(lambda _line: None)
    assert frontend.is_built() is False


def test_a_failed_build_is_tried_again(checkout, monkeypatch):
    built_by(checkout, monkeypatch, status=1)
    for _ in range(2):
        with pytest.raises(FrontendBuildFailed):
            frontend.ensure_built(lambda _line: None)
    assert frontend.is_built() is False


@pytest.mark.parametrize("status", [0, 1], ids=["a build", "a build that fails"])
def test_a_build_leaves_the_committed_package_file_as_it_was(checkout, monkeypatch, status):
    committed = (ROOT / "reflex.lock/package.json").read_bytes()
    sections = json.loads(committed)
    package = checkout / "reflex.lock/package.json"
    package.parent.mkdir()
    package.write_bytes(committed)

    def rewrites_it(_progress):
        # The same, as Reflex leaves it: on one line, in whatever order.
        package.write_text(json.dumps(dict(reversed(sections.items()))))
        if status:
            raise FrontendBuildFailed("said")

    monkeypatch.setattr(frontend, "_run_build", rewrites_it)
    (checkout / ".web").mkdir()
    with pytest.raises(FrontendBuildFailed) if status else nullcontext():
        frontend.ensure_built(lambda _line: None)
    assert package.read_bytes() == committed


def test_another_version_in_the_package_file_is_kept(checkout):
    package = checkout / "reflex.lock/package.json"
    package.parent.mkdir()
    package.write_text('{"type": "module", "dependencies": {"react": "^20.0.0"}}')
    frontend.tidy_lock()
    assert json.loads(package.read_text())["dependencies"] == {"react": "^20.0.0"}


def test_the_stylesheet_of_documents_is_the_built_one(checkout, monkeypatch, caplog):
    assert document_css() == ""
    assert "No built stylesheet" in caplog.text
    document_css.cache_clear()
    built_by(checkout, monkeypatch)
    frontend.ensure_built(lambda _line: None)
    assert document_css() == r"a{content:'<\/style>'}"


def test_a_build_that_fails_says_why(checkout, monkeypatch):
    (checkout / "djplatform" / "__init__.py").write_text("")
    monkeypatch.setattr(frontend, "build_env", lambda base: {})
    with pytest.raises(FrontendBuildFailed, match="could not be built") as caught:
        frontend._run_build(lambda _line: None)
    assert "djplatform.ui.frontend" in str(caught.value)


def test_a_build_looks_nothing_up_and_writes_no_addresses(monkeypatch):
    env = build_env({"PATH": "/usr/bin", "NPM_CONFIG_REGISTRY": "https://mirror.example/"})
    assert env["npm_config_omit_lockfile_registry_resolved"] == "true"
    assert env["REFLEX_USE_NPM"] == "1"
    assert env["REFLEX_TELEMETRY_ENABLED"] == "false"
    assert env["REFLEX_CHECK_LATEST_VERSION"] == "false"
    assert env["NPM_CONFIG_REGISTRY"] == "https://mirror.example/"
    # Node of our own environment stands before any other.
    node = subprocess.run(["which", "node"], env=env, capture_output=True, text=True, check=True)
    assert node.stdout.strip() == str(Path(env["PATH"].split(":")[0]) / "node")


def test_the_committed_lock_holds_no_addresses_of_packages():
    lock = json.loads((ROOT / "reflex.lock" / "package-lock.json").read_text())
    assert lock["packages"]
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in p for name, p in lock["packages"].items() if name)


def test_the_event_address_follows_the_page_with_its_port():
    script = follow_port(TEMPLATE.read_text())
    assert "endpoint.hostname = frontend_hostname; endpoint.port = window.location.port;" in script
    assert 'endpoint.port = ""' not in script
    assert follow_port(script) == script


def test_a_script_of_another_version_is_refused():
    with pytest.raises(ValueError, match="changed"):
        follow_port("export const getBackendURL = 1")


def test_the_plugin_rewrites_the_frameworks_own_script():
    tasks = []
    FollowThePage().pre_compile(add_modify_task=lambda *task: tasks.append(task))
    ((path, rewrite),) = tasks
    assert path == "utils/state.js"
    assert rewrite(TEMPLATE.read_text()) == follow_port(TEMPLATE.read_text())
