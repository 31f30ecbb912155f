"""Buttons and links that look like buttons. One primary on a screen."""

from typing import Any, Literal

import reflex as rx

from djplatform.ui.components.base import Child, Text, join
from djplatform.ui.icons import icon

Kind = Literal["primary", "secondary", "soft", "ghost", "danger"]
Size = Literal["sm", "md", "lg", "booth"]

_BASE = (
    "inline-flex items-center justify-center gap-2 font-medium select-none whitespace-nowrap "
    "transition-[background-color,border-color,filter,transform] active:scale-[.975] "
    "disabled:opacity-45 disabled:pointer-events-none forced-colors:border "
    # On a page at 200 % the words go on below each other.
    "max-[20rem]:whitespace-normal max-[20rem]:h-auto max-[20rem]:min-h-11 max-[20rem]:py-2"
)
# The radius belongs to the size: of two utilities for one property the stylesheet's order wins.
_SIZE = {
    "sm": "h-9 px-3 text-small rounded-sm",
    "md": "h-11 px-4 text-body rounded-sm",
    "lg": "h-14 px-6 text-lead rounded-md",
    "booth": "h-16 px-5 text-lead rounded-md",
}
_KIND = {
    "primary": "bg-accent text-on font-semibold shadow-[inset_0_1px_0_rgb(255_255_255/.22)] "
    "hover:brightness-94",
    "secondary": "bg-surface text-fg border border-line2 hover:bg-hover",
    "soft": "bg-soft text-ink hover:brightness-110",
    "ghost": "text-fg2 hover:bg-hover hover:text-fg",
    "danger": "bg-surface text-bad border border-line2 hover:bg-bad/14",
}


def button(
    *children: Child,
    kind: Kind = "primary",
    size: Size = "md",
    type: Literal["button", "submit", "reset"] = "button",  # noqa: A002 HTML's own word
    wide: bool = False,
    class_name: Text = "",
    **props: Any,
) -> rx.Component:
    """Draw a button. `size` "booth" is 64 px for the thumb in the dark; `props` as `rx.el.button`.

    In a form of a document it needs `type="submit"`.
    """
    return rx.el.button(
        *children,
        type=type,
        class_name=join(_look(kind, size, wide=wide), class_name),
        **props,
    )


def link_button(
    *children: Child,
    href: Text,
    kind: Kind = "primary",
    size: Size = "md",
    wide: bool = False,
    reload: bool = False,
    class_name: Text = "",
    **props: Any,
) -> rx.Component:
    """Draw a link as a button. `reload` leaves the console: to a document, a download, a log-out.

    Without it a console asks React Router, which knows no document and would show its 404.
    """
    if reload:
        props["reload_document"] = True
    return rx.el.a(
        *children,
        href=href,
        class_name=join(_look(kind, size, wide=wide), class_name),
        **props,
    )


def icon_button(
    name: str, label: Text, *, size: int = 18, class_name: Text = "", **props: Any
) -> rx.Component:
    """Draw a square button of 44 px with an icon; `label` is what screen readers say."""
    props.setdefault("type", "button")
    return rx.el.button(
        icon(name, size),
        aria_label=label,
        class_name=join(
            "inline-grid place-items-center size-11 shrink-0 rounded-sm text-fg2 "
            "hover:bg-hover hover:text-fg transition-colors",
            class_name,
        ),
        **props,
    )


def text_link(
    *children: Child, href: Text, reload: bool = False, class_name: Text = "", **props: Any
) -> rx.Component:
    """Draw a link inside text or beside a heading. `reload` as in `link_button`."""
    if reload:
        props["reload_document"] = True
    return rx.el.a(
        *children,
        href=href,
        class_name=join(
            "font-medium text-ink rounded-sm underline-offset-4 decoration-line2 underline "
            "hover:decoration-current",
            class_name,
        ),
        **props,
    )


def _look(kind: Kind, size: Size, *, wide: bool) -> str:
    return f"{_BASE} {_SIZE[size]} {_KIND[kind]}{' w-full' if wide else ''}"
