"""The compiled frontend: built once for what it was made from, then only read."""

import hashlib
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from djplatform.core.file_lock import exclusive
from djplatform.settings import ROOT

log = logging.getLogger(__name__)

Progress = Callable[[str], None]

# What a compiled page can depend on. Views (`dto`) and addresses (`paths`) are read by pages, and
# Tailwind reads class names out of every one of these files.
_INPUTS = (
    "rxconfig.py",
    "djplatform/app.py",
    "djplatform/registry.py",
    "djplatform/core/i18n.py",
    "djplatform/ui/**/*",
    "djplatform/features/*/feature.py",
    "djplatform/features/*/paths.py",
    "djplatform/features/*/dto.py",
    "djplatform/features/*/dto/**/*.py",
    "djplatform/features/*/ui/**/*",
    "assets/**/*",
)
_LOCKS = ("reflex.lock/*",)
_GENERATED = ("__pycache__", "assets/external")
_NOISE = ("npm warn", "npm notice")


class FrontendBuildFailed(RuntimeError):
    """The frontend could not be built; the text ends with what the build said."""


def web_dir() -> Path:
    """Where Reflex compiles to; git-ignored, may be deleted at any time."""
    return Path(os.environ.get("REFLEX_WEB_WORKDIR") or ROOT / ".web")


def static_dir() -> Path:
    """What browsers fetch: the built pages, scripts, styles and copied assets."""
    return web_dir() / "build" / "client"


def is_built() -> bool:
    """Whether the built frontend belongs to the present sources."""
    stamp = _stamp()
    return stamp.is_file() and stamp.read_text().strip() == fingerprint()


def fingerprint() -> str:
    """What the frontend is built from, as text: sources and locked packages, names and contents."""
    return f"{_hash(_INPUTS)} {_hash(_LOCKS)}"


def _hash(patterns: Iterable[str]) -> str:
    digest = hashlib.sha256(f"reflex {version('reflex')}".encode())
    for path in sorted(set(_files(patterns))):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def ensure_built(progress: Progress = log.info) -> bool:
    """Build the frontend unless it already belongs to the sources; gives whether it was built.

    Safe to call from several processes at once: the second waits and then finds it done.

    Raises:
        FrontendBuildFailed: with the last lines of the build's own output.
    """
    if is_built():
        return False
    lock = web_dir().with_suffix(".lock")
    lock.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(
        lock, lambda: progress("Another process is building the frontend; waiting for it.")
    ):
        if is_built():
            return False
        progress("Building the frontend; the first time takes about a minute.")
        _stamp().unlink(missing_ok=True)
        # The sources as they were when the build began, the lock as the build left it.
        sources = _hash(_INPUTS)
        try:
            _run_build(progress)
        finally:
            tidy_lock()
        _stamp().write_text(f"{sources} {_hash(_LOCKS)}")
    document_css.cache_clear()
    progress("The frontend is ready.")
    return True


def tidy_lock() -> None:
    """Write the committed `package.json` in one form: keys sorted, one on a line.

    Reflex copies back what npm left, whose sections stand in another order after an install from
    the lock than after an upgrade; a build must not make the checkout look changed.
    """
    package = ROOT / "reflex.lock" / "package.json"
    if package.is_file():
        tidy = json.dumps(json.loads(package.read_text()), indent=2, sort_keys=True) + "\n"
        package.write_text(tidy)


@lru_cache(maxsize=1)
def document_css() -> str:
    """The stylesheet that the build wrote, to stand inside documents: no request before paint.

    Empty when nothing was built yet (a test that renders a document), with a warning in the log.
    """
    sheets = _sheets()
    if not sheets:
        log.warning("No built stylesheet in %s: documents are plain.", static_dir())
    # `</` in a string of the sheet would end the element that it stands in.
    return "".join(sheet.read_text() for sheet in sheets).replace("</", "<\\/")


def stylesheet_paths() -> list[str]:
    """Where browsers fetch the same stylesheet; its name carries a hash of its content."""
    return [f"/assets/{sheet.name}" for sheet in _sheets()]


def _sheets() -> list[Path]:
    return sorted((static_dir() / "assets").glob("*.css"))


def _stamp() -> Path:
    return web_dir() / "djplatform.built"


def _files(patterns: Iterable[str]) -> Iterator[Path]:
    for pattern in patterns:
        for path in ROOT.glob(pattern):
            relative = path.relative_to(ROOT).as_posix()
            if path.is_file() and not any(part in relative for part in _GENERATED):
                yield path


def _run_build(progress: Progress) -> None:
    """Build in a child process: Reflex keeps global state and may end the process."""
    said: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-m", "djplatform.ui.frontend"],
        cwd=ROOT,
        env=build_env(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as child:
        assert child.stdout is not None
        for line in _worth_saying(child.stdout):
            said.append(line)
            progress(line)
    if child.returncode != 0 or not (static_dir() / "assets").is_dir():
        raise FrontendBuildFailed("The frontend could not be built:\n" + "\n".join(said[-25:]))


def _worth_saying(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        text = line.strip()
        if text and not text.lower().startswith(_NOISE):
            yield text


def build_env(base: Mapping[str, str]) -> dict[str, str]:
    """The variables of a build: Node from our own environment, npm, nothing looked up or told.

    The registry is the one that npm is configured for; without it Reflex would measure several.
    Lock files hold no addresses, so that they serve every mirror.
    """
    env = dict(base)
    own_bin = str(Path(sys.executable).parent)
    env["PATH"] = os.pathsep.join([own_bin, env.get("PATH", os.defpath)])
    env |= {
        "REFLEX_USE_NPM": "1",
        "REFLEX_WEB_WORKDIR": str(web_dir()),
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "npm_config_omit_lockfile_registry_resolved": "true",
        "npm_config_prefer_offline": "true",
        "npm_config_fetch_retries": "3",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        "npm_config_update_notifier": "false",
        "NO_COLOR": "1",
        "CI": "1",
    }
    env.setdefault("NPM_CONFIG_REGISTRY", _configured_registry(env))
    return env


def _configured_registry(env: dict[str, str]) -> str:
    answer = subprocess.run(  # noqa: S603
        [str(Path(sys.executable).parent / "npm"), "config", "get", "registry"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.strip()


if __name__ == "__main__":
    from djplatform.ui import reflex_seam

    reflex_seam.build()
