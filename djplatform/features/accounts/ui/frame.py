"""What the settings pages share: the title, the tabs, and how their parts stand on a desk."""

from typing import Any

import reflex as rx

from djplatform.features.accounts import paths
from djplatform.ui import t
from djplatform.ui.components.base import Child, Text
from djplatform.ui.console import console_page

TITLE = t("Settings")

_TAB = "inline-flex items-center min-h-11 px-3.5 rounded-sm text-small font-medium "


def settings_title(page: str) -> str:
    """The document's title of one of the pages."""
    return f"{page} · {TITLE}"


def settings_frame(*body: Any, current: str) -> rx.Component:
    """A settings page in the consoles' frame, with the way to the others.

    `current` is the address of the page itself.
    """
    return console_page(
        rx.el.nav(
            _tab(t("Profile"), paths.PROFILE, current),
            _tab(t("Account"), paths.ACCOUNT, current),
            _tab(t("Team"), paths.TEAM, current),
            aria_label=TITLE,
            class_name="inline-flex max-[20rem]:flex-wrap gap-1 p-1 mb-5 -mt-1 rounded-md "
            "bg-sunken border border-line",
        ),
        rx.el.div(*body, class_name="max-w-[60rem]"),
        current="settings",
        title=TITLE,
    )


def settings_part(title: Text, text: Text, *body: Child) -> rx.Component:
    """One part of a settings page; on a desk its words stand beside it."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="text-lead font-semibold"),
            rx.el.p(text, class_name="mt-1 text-small text-fg2"),
        ),
        rx.el.div(*body, class_name="min-w-0"),
        class_name="grid grid-cols-1 gap-4 not-first:mt-8 lg:grid-cols-[17rem_1fr] lg:gap-8 "
        "lg:not-first:pt-8 lg:not-first:border-t border-line",
    )


def _tab(label: str, path: str, current: str) -> rx.Component:
    here = path == current
    look = "bg-raised text-fg shadow-1" if here else "text-fg2 hover:text-fg"
    attributes = {"aria-current": "page"} if here else {}
    return rx.el.a(label, href=path, class_name=_TAB + look, custom_attrs=attributes)
