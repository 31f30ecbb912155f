"""Dialogs on the platform's own `<dialog>` and popover: they open without a script."""

from typing import Any

import reflex as rx

from djplatform.ui.components.base import Child, Text, given, join
from djplatform.ui.components.buttons import Kind, Size, button

_PANEL = (
    "m-auto max-sm:mb-0 max-sm:w-full max-sm:max-w-none sm:w-[26rem] rounded-lg "
    "max-sm:rounded-b-none bg-raised text-fg shadow-3 p-6 max-sm:safe-b backdrop:bg-black/65 "
    "open:animate-rise forced-colors:border"
)


def dialog(
    id: Text,  # noqa: A002 HTML's own word
    title: Text,
    *children: Child,
    text: Text = "",
    actions: tuple[rx.Component, ...] = (),
) -> rx.Component:
    """A dialog: a card on a desk, a sheet at the thumb on a phone.

    It is opened by `opener`, closed by `closer`, Esc or a tap beside it, and focus goes back.
    In a list its id is a Var.
    """
    named = rx.Var.create(f"{id}-title") if isinstance(id, rx.Var) else f"{id}-title"
    parts: list[Any] = [rx.el.h2(title, id=named, class_name="text-title font-semibold")]
    if given(text):
        parts.append(rx.el.p(text, class_name="mt-2 text-fg2"))
    parts.extend(children)
    if actions:
        parts.append(rx.el.div(*actions, class_name="mt-6 flex gap-3 *:flex-1"))
    return rx.el.dialog(
        *parts,
        id=id,
        aria_labelledby=named,
        class_name=_PANEL,
        custom_attrs={"popover": "auto"},
    )


def opener(
    dialog_id: Text,
    *children: Child,
    kind: Kind = "secondary",
    size: Size = "md",
    class_name: Text = "",
) -> rx.Component:
    """The button that opens the dialog of that id."""
    return button(
        *children,
        kind=kind,
        size=size,
        class_name=join(class_name),
        custom_attrs={"popoverTarget": dialog_id, "aria-haspopup": "dialog"},
    )


def closer(
    dialog_id: Text, *children: Child, kind: Kind = "secondary", size: Size = "lg"
) -> rx.Component:
    """The button that closes the dialog of that id and does nothing else."""
    return button(
        *children,
        kind=kind,
        size=size,
        auto_focus=True,
        custom_attrs={"popoverTarget": dialog_id, "popoverTargetAction": "hide"},
    )
