"""What the two settings pages share."""

from typing import Any

import reflex as rx

from djplatform.features.accounts import paths
from djplatform.ui import t
from djplatform.ui.components import text_link
from djplatform.ui.console import console_page

_TARGET = "inline-flex items-center min-h-11"


def settings_frame(*body: Any, title: str) -> rx.Component:
    """A settings page in the consoles' frame, with the way to the other one."""
    return console_page(
        rx.el.nav(
            text_link(t("Name"), href=paths.PROFILE, class_name=_TARGET),
            text_link(t("E-mail, password, devices"), href=paths.ACCOUNT, class_name=_TARGET),
            aria_label=t("Settings"),
            class_name="flex gap-5 mb-4 -mt-3",
        ),
        *body,
        current="settings",
        title=title,
    )
