"""`t` and `tn` for pages: plain text in a document, a Var when a value is one (consoles)."""

from typing import Any, overload

import reflex as rx

from djplatform.core import i18n


@overload
def t(message: str, /, **values: str | int) -> str: ...
@overload
def t(message: str, /, **values: Any) -> Any: ...
def t(message: str, /, **values: Any) -> Any:
    """Translate `message`, with its `{name}` places filled.

    A `str` as long as every value is plain; with a Var among them a Var of the whole text.

    Raises:
        KeyError: the message names a value that was not given.
    """
    text = i18n.t(message, **values)
    return rx.Var.create(text) if _any_var(values) else text


@overload
def tn(one: str, other: str, n: int, /, **values: str | int) -> str: ...
@overload
def tn(one: str, other: str, n: Any, /, **values: Any) -> Any: ...
def tn(one: str, other: str, n: Any, /, **values: Any) -> Any:
    """Translate a message that counts `n` things; `n` may be a Var."""
    if isinstance(n, rx.Var):
        return rx.cond(n == 1, _counted(one, n, values), _counted(other, n, values))
    text = i18n.tn(one, other, n, **values)
    return rx.Var.create(text) if _any_var(values) else text


def _counted(message: str, n: rx.Var[Any], values: dict[str, Any]) -> Any:
    """Fill one form of a counted message whose number only the browser knows."""
    return rx.Var.create(i18n.t(message, **{"n": n.to_string(), **values}))


def _any_var(values: dict[str, Any]) -> bool:
    return any(isinstance(value, rx.Var) for value in values.values())
