"""What all components share: types, tones, and how classes are put together."""

from typing import Any, Literal

import reflex as rx

from djplatform.ui.each import pick

Text = Any
"""A plain string (or number) in a document, also a Var in a console."""

Child = Any
"""A component, a plain text or a Var."""

Tone = Literal["neutral", "accent", "ok", "info", "warn", "bad"]

TINT = {
    "neutral": "bg-hover text-fg2",
    "accent": "bg-soft text-ink",
    "ok": "bg-ok/14 text-ok",
    "info": "bg-info/14 text-info",
    "warn": "bg-warn/14 text-warn",
    "bad": "bg-bad/14 text-bad",
}

INK = {
    "neutral": "text-fg2",
    "accent": "text-ink",
    "ok": "text-ok",
    "info": "text-info",
    "warn": "text-warn",
    "bad": "text-bad",
}


def join(*classes: Any) -> Any:
    """Put classes side by side; parts may be Vars, empty ones fall out."""
    parts: list[Any] = [part for part in classes if isinstance(part, rx.Var) or part]
    if any(isinstance(part, rx.Var) for part in parts):
        return rx.Var.create(" ".join(f"{part}" for part in parts))
    return " ".join(parts)


def tint(tone: Any) -> Any:
    """Ground and text colour of a tone; the tone may be a Var."""
    return pick(tone, TINT, TINT["neutral"])


def ink(tone: Any) -> Any:
    """Text colour of a tone; the tone may be a Var."""
    return pick(tone, INK, INK["neutral"])


def given(value: Any) -> bool:
    """Whether there is something to draw: a Var always, a plain value unless it is empty."""
    return isinstance(value, rx.Var) or value not in (None, "", ())
