"""What a check of `doctor` says."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "off", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    detail: str
    mend: str = ""
    """What to do about a problem, as a sentence."""


def ok(name: str, detail: str) -> Finding:
    """Report what is as it should be."""
    return Finding(name, "ok", detail)


def off(name: str, detail: str, mend: str) -> Finding:
    """Report what is not there and need not be."""
    return Finding(name, "off", detail, mend)


def problem(name: str, detail: str, mend: str) -> Finding:
    """Report what has to be mended."""
    return Finding(name, "problem", detail, mend)
