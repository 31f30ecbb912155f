"""What the two settings pages share."""

from typing import Any

import reflex as rx

from djplatform.features.accounts import paths
from djplatform.ui import t
from djplatform.ui.console import console_page

_TAB = "inline-flex items-center min-h-11 px-3.5 rounded-sm text-small font-medium "


def settings_frame(*body: Any, title: str, current: str) -> rx.Component:
    """A settings page in the consoles' frame, with the way to the other one.

    `current` is the address of the page itself.
    """
    return console_page(
        rx.el.nav(
            _tab(t("Name"), paths.PROFILE, current),
            _tab(t("E-mail, password, devices"), paths.ACCOUNT, current),
            aria_label=t("Settings"),
            class_name="inline-flex gap-1 p-1 mb-5 -mt-1 rounded-md bg-sunken border border-line",
        ),
        *body,
        current="settings",
        title=title,
    )


def _tab(label: str, path: str, current: str) -> rx.Component:
    here = path == current
    look = "bg-raised text-fg shadow-1" if here else "text-fg2 hover:text-fg"
    attributes = {"aria-current": "page"} if here else {}
    return rx.el.a(label, href=path, class_name=_TAB + look, custom_attrs=attributes)
