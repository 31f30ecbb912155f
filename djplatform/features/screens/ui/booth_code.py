"""The code for the crowd: in the booth's side, and over the whole screen to hold up."""

import reflex as rx

from djplatform.features.screens.ui.booth_state import Booth
from djplatform.ui import components as c
from djplatform.ui import icon, t
from djplatform.ui.each import when

CODE = "show-code"


def code_card() -> rx.Component:
    """The code beside the tips, where there is room."""
    return rx.el.section(
        rx.el.div(_code("w-full"), class_name="rounded-md bg-white p-3"),
        rx.el.p(Booth.page, class_name="mt-3 text-small text-fg2 text-center break-all"),
        c.button(
            icon("qr-code", 22),
            t("Show it large"),
            size="booth",
            wide=True,
            class_name="mt-4",
            custom_attrs={"popoverTarget": CODE},
        ),
        aria_label=t("Code for the crowd"),
    )


def code_sheet() -> rx.Component:
    """White over everything: a camera reads it across the room, in the dark too."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.p(t("Scan to tip"), class_name="text-title"),
            rx.el.h2(Booth.dj, class_name="text-display font-bold break-words"),
            class_name="text-center",
        ),
        # The code brings its own white edge, so it may use the screen's.
        _code("w-screen max-w-[70dvh] -mx-5 shrink"),
        rx.el.div(
            rx.el.p(Booth.page, class_name="text-small text-center break-all mb-4"),
            rx.el.button(
                t("Done"),
                type="button",
                class_name="h-16 w-full rounded-md bg-black text-white text-lead font-semibold "
                "active:scale-[.975] transition-transform",
                custom_attrs={"popoverTarget": CODE, "popoverTargetAction": "hide"},
            ),
            class_name="w-full max-w-[26rem]",
        ),
        id=CODE,
        aria_label=t("Code for the crowd"),
        class_name="open:flex flex-col items-center justify-between gap-4 inset-0 m-0 w-full h-dvh "
        "max-w-none max-h-none bg-white text-black p-5 safe-b",
        custom_attrs={"popover": "auto"},
    )


def _code(class_name: str) -> rx.Component:
    return when(
        Booth.code,
        c.qr_drawing(
            Booth.code,
            Booth.code_side,
            label=t("Code that leads to your page"),
            class_name=class_name,
        ),
    )
