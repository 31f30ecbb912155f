"""The two places where a shared component differs between plain values and Vars."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import reflex as rx

Branch = rx.Component | str | Callable[[], rx.Component]


def each(items: Iterable[Any] | rx.Var[Any], draw: Callable[..., rx.Component]) -> rx.Component:
    """Draw one component for each item: a Python loop, or `rx.foreach` over a Var."""
    if isinstance(items, rx.Var):
        return rx.foreach(items, draw)
    return rx.fragment(*(draw(item) for item in items))


def when(condition: Any, then: Branch, otherwise: Branch | None = None) -> rx.Component:
    """Draw `then` if the condition holds, else `otherwise`: a Python branch, or `rx.cond`.

    A branch may be a function without arguments; for a plain condition only the one that is
    shown is called, so it may use what exists only then.
    """
    if isinstance(condition, rx.Var):
        return rx.cond(condition, _drawn(then), _drawn(otherwise))
    return _drawn(then if condition else otherwise)


def pick(value: Any, choices: Mapping[str, str], otherwise: str) -> Any:
    """Choose a text, mostly a class, by a value: a look-up, or `rx.match` on a Var.

    The classes stay whole literals in the Python, where Tailwind finds them.
    """
    if isinstance(value, rx.Var):
        return rx.match(value, *choices.items(), otherwise)
    return choices.get(str(value), otherwise)


def _drawn(branch: Branch | None) -> rx.Component:
    if branch is None:
        return rx.fragment()
    return rx.fragment(branch() if callable(branch) else branch)
