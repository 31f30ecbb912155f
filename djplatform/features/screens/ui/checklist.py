"""The first run: say your country, connect payments, share your page."""

from typing import Any

import reflex as rx
from babel import Locale

from djplatform.core.actor import Permission
from djplatform.core.i18n import current_language
from djplatform.features.payments import paths as payment_paths
from djplatform.features.screens import service
from djplatform.features.screens.ui.account import account_state, account_text
from djplatform.features.screens.ui.dashboard_state import Dashboard
from djplatform.ui import components as c
from djplatform.ui import icon, t
from djplatform.ui.components.base import Child, Text
from djplatform.ui.console import may
from djplatform.ui.each import when


def checklist() -> rx.Component:
    """What is left until fans can tip, one step at a time."""
    known, unknown = Dashboard.country != "", Dashboard.country == ""
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("Ready for tips in three steps"), class_name="text-lead font-semibold"),
            rx.el.p(
                t("About five minutes, once. Your page and code are yours from now on."),
                class_name="text-small text-fg2 mt-0.5",
            ),
            class_name="px-5 pt-4 pb-3",
        ),
        rx.el.ol(
            _step("1", t("Say where you are paid"), known, _country_note(), unknown, _country()),
            _step(
                "2",
                t("Connect payments"),
                rx.Var.create(False),
                _connect_note(),
                known,
                _connect(),
            ),
            _step(
                "3",
                t("Show your code"),
                rx.Var.create(False),
                t("Print it, or open the booth and hold up your phone."),
                rx.Var.create(False),
                rx.fragment(),
            ),
            class_name="divide-y divide-line border-t border-line",
        ),
        aria_label=t("First steps"),
        class_name="card",
    )


def _step(
    number: str, title: Text, done: Any, note: Text, current: Any, action: Child
) -> rx.Component:
    mark = rx.cond(
        done,
        rx.el.span(
            icon("check", 16),
            rx.el.span(t("Done"), class_name="sr-only"),
            class_name="grid place-items-center size-8 rounded-full bg-ok/14 text-ok",
        ),
        rx.el.span(
            number,
            class_name=rx.cond(
                current,
                "num grid place-items-center size-8 rounded-full bg-soft text-ink font-semibold",
                "num grid place-items-center size-8 rounded-full bg-hover text-fg3 font-semibold",
            ),
        ),
    )
    return rx.el.li(
        rx.el.div(mark, class_name="shrink-0"),
        rx.el.div(
            rx.el.h3(title, class_name="font-medium"),
            rx.el.p(note, class_name="text-small text-fg2"),
            when(current, rx.el.div(action, class_name="mt-4")),
            class_name="flex-1 min-w-0",
        ),
        class_name="flex gap-4 px-5 py-4",
        custom_attrs={"data-step": number},
    )


def _country_note() -> Any:
    return rx.cond(
        Dashboard.country,
        rx.match(Dashboard.country, *country_names(), Dashboard.country),
        t("It decides the currency of your tips, and stays once you were paid."),
    )


def _connect_note() -> Any:
    return rx.cond(Dashboard.country, account_text(), t("With your own account at Stripe."))


def _country() -> rx.Component:
    options: list[tuple[str, Text]] = [("", t("Choose a country")), *country_names()]
    return when(
        may(Permission.ORGANIZATION_UPDATE),
        c.form(
            rx.el.div(
                c.select(
                    t("Country"),
                    "country",
                    options,
                    error=rx.Var.create(Dashboard.errors)["country"],
                    required=True,
                ),
                class_name="flex-1 min-w-0",
            ),
            c.button(t("Save country"), type="submit", class_name="h-12 sm:mt-7.5"),
            on_submit=Dashboard.choose_country,
            class_name="sm:flex-row sm:items-start gap-3 max-w-xl",
        ),
        _ask_the_owner(),
    )


def _connect() -> rx.Component:
    """A plain form: the browser itself follows to the processor's page."""
    label = rx.cond(account_state() == "none", t("Connect payments"), t("Go on at Stripe"))
    waiting = account_state() == "checking"
    return when(
        may(Permission.PAYMENTS_CONNECT),
        c.form(
            c.button(
                rx.cond(waiting, t("See your details at Stripe"), label),
                icon("arrow-right"),
                type="submit",
                class_name="max-sm:w-full",
            ),
            action=payment_paths.CONNECT,
        ),
        _ask_the_owner(),
    )


def _ask_the_owner() -> rx.Component:
    return rx.el.p(t("An owner or admin of your team does this step."), class_name="text-small")


def country_names() -> list[tuple[str, str]]:
    """Code and name of the countries in which we can pay, by name."""
    territories = Locale.parse(current_language()).territories
    names = [(code, territories[code]) for code in service.payable_countries()]
    return sorted(names, key=lambda pair: pair[1])
