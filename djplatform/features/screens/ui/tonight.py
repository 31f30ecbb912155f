"""The card of tonight: start the night, or go to its booth."""

from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.features.screens import paths
from djplatform.features.screens.ui.account import account_open
from djplatform.features.screens.ui.dashboard_state import Dashboard
from djplatform.features.screens.ui.stage import stage
from djplatform.ui import components as c
from djplatform.ui import icon, t
from djplatform.ui.client_side import browser_time_zone, local_time
from djplatform.ui.components.buttons import Kind
from djplatform.ui.console import Shell, may
from djplatform.ui.each import when


def tonight() -> rx.Component:
    """The one picture of the dashboard: it breaks the grey, and holds the main button."""
    return rx.el.section(
        when(Dashboard.night.live, _running(), _idle()),
        aria_label=t("Tonight"),
        class_name="card overflow-hidden",
    )


def _running() -> rx.Component:
    night = Dashboard.night
    return stage(
        Shell.brand,
        rx.el.div(
            c.pulse_dot("ok"),
            rx.el.span(t("Live since")),
            local_time(night.started_at),
            class_name="relative self-start inline-flex items-center gap-1.5 h-8 px-3 rounded-full "
            "bg-black/55 backdrop-blur-md text-small font-medium text-white",
        ),
        rx.el.div(
            rx.el.h2(night.title, class_name="text-title font-semibold text-white break-words"),
            when(night.venue, rx.el.p(night.venue, class_name="text-small text-white/80")),
            c.link_button(
                t("Open the booth"),
                icon("arrow-right"),
                href=paths.booth(night.id),
                wide=True,
                class_name="mt-4",
            ),
            class_name="relative",
        ),
        class_name="justify-between h-80 p-4",
    )


def _idle() -> rx.Component:
    head = stage(
        Shell.brand,
        rx.el.div(
            rx.el.p(t("Tonight"), class_name="text-small text-white/80"),
            rx.el.h2(t("Playing somewhere?"), class_name="text-title font-semibold text-white"),
            class_name="relative",
        ),
        class_name="justify-end h-36 p-4",
    )
    return rx.el.div(
        head,
        when(
            may(Permission.EVENTS_WRITE),
            _start_form(),
            rx.el.p(t("No night is running."), class_name="p-4 text-fg2"),
        ),
    )


def _start_form() -> rx.Component:
    errors = rx.Var.create(Dashboard.errors)
    return c.form(
        c.field(
            t("Name of the night"),
            "title",
            optional=True,
            placeholder=t("Tonight"),
            error=errors["title"],
        ),
        c.field(t("Venue"), "venue", optional=True, error=errors["venue"]),
        # As long as the first steps are open, the next of them has the one loud button.
        when(account_open(), _start_button("primary"), _start_button("secondary")),
        on_submit=_start,
        class_name="p-4 gap-4",
    )


def _start_button(kind: Kind) -> rx.Component:
    return c.button(icon("play"), t("Start tonight"), type="submit", kind=kind, wide=True)


def _start(form_data: Any) -> Any:
    handler: Any = Dashboard.start
    return handler(form_data, browser_time_zone())
