"""Words that people typed, set apart from ours: a right-to-left name must not turn a sentence."""

import reflex as rx

_START, _END = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """A name inside a sentence of ours, in a direction of its own (Unicode UAX 9, FSI … PDI)."""
    return text if text.isascii() else f"{_START}{text}{_END}"


def person(text: str) -> rx.Component:
    """A name by itself, in a direction of its own."""
    return rx.el.bdi(text)


def words(text: str, *, class_name: str = "") -> rx.Component:
    """A message as it was written, line breaks kept."""
    return rx.el.p(text, dir="auto", class_name=f"whitespace-pre-line {class_name}".strip())
