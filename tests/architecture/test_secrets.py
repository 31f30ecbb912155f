"""No secret lies in the repository, and none is needed to start."""

import os
import re
import subprocess
import sys

import pytest

from djplatform.settings import ROOT

PATTERNS = {
    "a live key of Stripe": re.compile(r"\b[sr]k_live_[A-Za-z0-9]{10,}"),
    "a webhook secret": re.compile(r"\bwhsec_[A-Za-z0-9+/]{24,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of Resend": re.compile(r"\bre_[A-Za-z0-9]{8,}_[A-Za-z0-9]{12,}"),
    "an API token of ours": re.compile(r"\bdjp_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
    "a password in a URL": re.compile(r"postgres(?:ql)?://\w+:(?!p@|test@|x@)[^@\s{}'\"]{12,}@"),
}

EXAMPLES = {"tests/core/test_logging.py"}
"""Invented keys that the scrubber of logs is tried on."""


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and name not in EXAMPLES]


@pytest.mark.feature(43)
def test_no_secret_lies_in_the_repository() -> None:
    found = [
        f"{name}: {what}"
        for name in tracked()
        if (path := ROOT / name).is_file()
        for what, pattern in PATTERNS.items()
        if pattern.search(path.read_text(errors="replace"))
    ]
    assert not found


@pytest.mark.parametrize("text", ["sk_live_" + "a1" * 8, "whsec_" + "b" * 32, "djp_" + "c" * 43])
def test_the_scan_would_find_one(text: str) -> None:
    assert any(pattern.search(f"key = {text!r}") for pattern in PATTERNS.values())


@pytest.mark.feature(43)
def test_without_any_key_it_says_what_is_off() -> None:
    """An own database and no key: nothing is simulated in silence."""
    program = "from djplatform.cli.welcome import vendors_off; print('\\n'.join(vendors_off()))"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DJP_", "DATABASE_"))}
    said = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout
    for brand in ("tipjar", "djdash", "m10dj", "neutral"):
        assert f"Stripe for {brand} is off: DJP_STRIPE__{brand.upper()}__SECRET_KEY" in said
    assert "E-mail is off: DJP_RESEND_KEY" in said
