"""What can be tipped, and what each amount leaves the DJ."""

from typing import Any

import reflex as rx

from djplatform.features.screens.service import OFFERS
from djplatform.features.screens.ui.fan_page_state import PRESET, FanPage
from djplatform.features.screens.ui.form_part import form_part
from djplatform.ui import components as c
from djplatform.ui import t
from djplatform.ui.console import Shell
from djplatform.ui.each import when


def tips_card() -> rx.Component:
    """The limits and offers; before the country is known there is no currency to say them in."""
    return form_part(
        t("Tips"),
        t("What is left for you is worked out with the fee that holds for you today."),
        when(FanPage.has_currency, _fields(), _country_first()),
    )


def _country_first() -> rx.Component:
    return c.notice(
        t("Please choose your country first"),
        t("It decides the currency of your tips."),
        action=c.link_button(t("To the first steps"), href=Shell.landing, kind="secondary"),
    )


def _fields() -> rx.Component:
    return rx.el.div(
        rx.el.fieldset(
            rx.el.legend(t("Amounts on your page"), class_name="text-small font-medium text-fg2"),
            rx.el.p(
                t("Up to {most}. Leave a field empty to offer fewer.", most=OFFERS),
                class_name="text-small text-fg3 mb-3",
            ),
            _group_error(),
            rx.el.div(
                *(_offer(place) for place in range(OFFERS)),
                class_name="grid gap-x-3 gap-y-4 grid-cols-2 sm:grid-cols-3",
            ),
            # What is wrong with all of them together is told here.
            id=f"field-{PRESET.rstrip('.')}",
            class_name="min-w-0",
        ),
        rx.el.fieldset(
            rx.el.legend(t("Any other amount"), class_name="text-small font-medium text-fg2"),
            rx.el.p(t("What fans may type themselves."), class_name="text-small text-fg3 mb-3"),
            rx.el.div(
                _limit(t("At least"), "least", FanPage.tips.least),
                _limit(t("At most"), "most", FanPage.tips.most),
                class_name="grid gap-x-3 gap-y-4 grid-cols-2 sm:grid-cols-3",
            ),
            class_name="min-w-0",
        ),
        class_name="flex flex-col gap-5",
    )


def _group_error() -> rx.Component:
    error = rx.Var.create(FanPage.errors)["presets"]
    return when(error, rx.el.p(error, class_name="text-small text-bad mb-3"))


def _offer(place: int) -> rx.Component:
    """An amount, and under it what becomes of it as soon as the field is left."""
    offer: Any = rx.Var.create(FanPage.offers)[place]
    refused: Any = rx.Var.create(FanPage.errors)[f"{PRESET}{place}"]

    def work_out(amount: Any) -> Any:
        handler: Any = FanPage.work_out
        return handler(place, amount)

    return c.field(
        t("Amount {n}", n=place + 1),
        f"{PRESET}{place}",
        value=rx.Var.create(FanPage.tips.presets)[place],
        error=rx.cond(refused, refused, offer["problem"]),
        hint=offer["leaves"],
        prefix=FanPage.symbol,
        input_mode="decimal",
        on_blur=work_out,
    )


def _limit(label: str, name: str, kept: Any) -> rx.Component:
    return c.field(
        label,
        name,
        value=kept,
        error=rx.Var.create(FanPage.errors)[name],
        prefix=FanPage.symbol,
        input_mode="decimal",
    )
