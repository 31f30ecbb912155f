"""Messages at the edge of a console: what was just done, and what was not."""

from typing import Any

import reflex as rx

from djplatform.ui.components.base import Child, Text, ink, join
from djplatform.ui.each import pick
from djplatform.ui.icons import icon
from djplatform.ui.text import t

ABOVE_THE_BAR = "bottom-22 lg:bottom-6"


def messages(*shown: Child, class_name: Text = ABOVE_THE_BAR) -> rx.Component:
    """Where messages appear: at the edge, and read aloud by a screen reader."""
    return rx.el.div(
        *shown,
        role="status",
        aria_live="polite",
        class_name=join(
            "fixed inset-x-0 z-20 px-4 flex flex-col items-center gap-2 pointer-events-none",
            class_name,
        ),
    )


def message(text: Text, tone: Any, times: Any) -> rx.Component:
    """One message. Good news goes by itself; what went wrong stays until it is put away.

    `times` counts, so that the same words again are a new message: drawn and read aloud anew.
    """
    # A tick that hides its own message: putting it away needs no round trip.
    away = rx.el.label(
        icon("x", 18),
        rx.el.input(type="checkbox", aria_label=t("Put away"), class_name="sr-only"),
        class_name="grid place-items-center size-11 -my-2 -mr-2 rounded-sm text-fg2 "
        "hover:bg-hover hover:text-fg has-focus-visible:outline-2",
    )
    return rx.el.div(
        rx.el.span(
            class_name=join("size-2 shrink-0 rounded-full bg-current", ink(tone)),
            aria_hidden="true",
        ),
        rx.el.p(text, class_name="flex-1 min-w-0"),
        away,
        key=rx.Var.create(times).to_string(),
        class_name=join(
            "pointer-events-auto has-checked:hidden flex items-center gap-3 w-full max-w-[26rem] "
            "min-h-14 rounded-md border border-line bg-raised text-fg shadow-3 px-4 py-3",
            pick(tone, {"ok": "animate-notice"}, "animate-rise"),
        ),
    )
