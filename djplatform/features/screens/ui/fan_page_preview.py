"""What a fan will see, while the DJ is still typing it."""

from typing import Any

import reflex as rx

from djplatform.features.screens.ui.fan_page_state import FanPage
from djplatform.features.screens.ui.stage import stage
from djplatform.ui import t
from djplatform.ui.client_side import typed
from djplatform.ui.components.base import Text
from djplatform.ui.each import when

FORM = "fan-page"
"""Id of the form whose typing the preview follows."""


def poster(class_name: Text) -> rx.Component:
    """The head of the fan page: picture, town and name, as they stand in the form."""
    name = typed(FORM, "stage_name", FanPage.poster.stage_name)
    return stage(
        _picture(),
        rx.el.div(
            rx.el.p(
                rx.el.bdi(typed(FORM, "home_town", FanPage.poster.home_town)),
                class_name="text-small text-white/80 truncate min-h-4.5",
            ),
            rx.el.p(
                rx.el.bdi(rx.cond(name, name, t("Your name"))),
                class_name="text-head font-bold text-white break-words line-clamp-3",
                custom_attrs={"data-preview": "name"},
            ),
            class_name="relative",
        ),
        class_name=class_name,
    )


def preview() -> rx.Component:
    """The fan page in the small, beside the form: it only repeats what the fields say."""
    return rx.el.div(
        poster("justify-end h-64 p-4 pb-8"),
        rx.el.div(_amounts(), _about(), class_name="relative bg-bg -mt-4 rounded-t-lg px-4 py-5"),
        class_name="card overflow-hidden",
        aria_hidden="true",
        custom_attrs={"data-preview": "page"},
    )


def _picture() -> Any:
    photo = typed(FORM, "photo", FanPage.poster.photo)
    return rx.cond(photo == "brand", FanPage.brand, photo)


def _amounts() -> rx.Component:
    offers: Any = rx.Var.create(FanPage.offers)
    name = typed(FORM, "stage_name", FanPage.poster.stage_name)
    return rx.el.div(
        rx.el.p(t("Tip {name}", name=name), class_name="text-small font-medium text-fg2 mb-2"),
        rx.el.div(rx.foreach(offers, _amount), class_name="grid grid-cols-3 gap-2"),
    )


def _amount(offer: Any) -> rx.Component:
    return when(
        offer["label"],
        rx.el.div(
            offer["label"],
            class_name="num grid place-items-center h-12 rounded-md border border-line2 "
            "font-semibold",
        ),
    )


def _about() -> rx.Component:
    bio = typed(FORM, "bio", FanPage.poster.bio)
    return when(
        bio,
        rx.el.p(
            bio,
            dir="auto",
            class_name="mt-4 text-small text-fg2 whitespace-pre-line break-words line-clamp-6",
        ),
    )
