"""`/page`: how the fan page looks and what it takes, with a preview beside the form."""

from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.features.screens import paths
from djplatform.features.screens.ui.fan_page_preview import FORM, poster, preview
from djplatform.features.screens.ui.fan_page_state import FanPage
from djplatform.features.screens.ui.fan_page_tips import tips_card
from djplatform.features.screens.ui.form_part import form_part
from djplatform.ui import components as c
from djplatform.ui import icon, t
from djplatform.ui.client_side import copy_button
from djplatform.ui.components.base import Text
from djplatform.ui.console import Shell, console_page, flash, may
from djplatform.ui.each import when
from djplatform.ui.pages import ConsolePage

TITLE = t("Your page")


def fan_page() -> rx.Component:
    """Draw the page."""
    return console_page(
        when(FanPage.loaded, _loaded(), _loading()),
        flash(FanPage, class_name="bottom-36 lg:bottom-20"),
        current="page",
        title=TITLE,
        actions=(_way_there(),),
    )


def _loading() -> rx.Component:
    return rx.el.p(t("Loading"), role="status", class_name="text-fg2")


def _way_there() -> rx.Component:
    """To the page itself; a page that is not published leads nowhere."""
    shown = c.link_button(
        icon("eye"), t("See your page"), href=FanPage.tip_page, kind="secondary", reload=True
    )
    hidden = c.status_pill(t("Not published"), "warn")
    return when(FanPage.loaded, when(FanPage.poster.published, shown, hidden))


def _loaded() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            poster("justify-end h-56 p-4 mb-4 card overflow-hidden lg:hidden"),
            _form(),
            class_name="min-w-0",
        ),
        rx.el.aside(
            rx.el.div(
                rx.el.h2(t("What fans see"), class_name="text-lead font-semibold mb-3"),
                preview(),
                class_name="max-lg:hidden",
            ),
            _address(),
            aria_label=t("Preview and address"),
            class_name="flex flex-col gap-4 lg:sticky lg:top-6",
        ),
        class_name="grid gap-4 grid-cols-1 lg:gap-6 lg:grid-cols-[1fr_22rem] items-start "
        "max-w-[72rem]",
    )


def _form() -> rx.Component:
    return c.form(
        rx.el.div(
            _words(),
            _pictures(),
            when(may(Permission.TIPS_CONFIGURE), tips_card()),
            _published(),
            key=rx.Var.create(FanPage.drawn).to_string(),
            class_name="flex flex-col gap-4",
        ),
        _save(),
        on_submit=FanPage.save,
        id=FORM,
        class_name="gap-4",
    )


def _save() -> rx.Component:
    """Always in sight: the form is long, and what is wrong with it may be far above."""
    return rx.el.div(
        c.error_summary(
            rx.Var.create(FanPage.errors), t("Nothing was saved yet. Please check what is marked.")
        ),
        rx.el.div(c.button(t("Save"), type="submit", class_name="min-w-32 max-sm:w-full")),
        class_name="sticky bottom-17 lg:bottom-0 z-10 flex flex-col gap-3 py-3 glass border-t "
        "border-line",
    )


def _words() -> rx.Component:
    kept, errors = FanPage.poster, rx.Var.create(FanPage.errors)
    return form_part(
        t("Who you are"),
        t("The large letters on your page, on the code to print and in your booth."),
        rx.el.div(
            c.field(
                t("Stage name"),
                "stage_name",
                value=kept.stage_name,
                error=errors["stage_name"],
                dir="auto",
            ),
            c.field(
                t("Home town"),
                "home_town",
                value=kept.home_town,
                error=errors["home_town"],
                hint=t("Where no night is running, it stands above your name."),
                optional=True,
                dir="auto",
            ),
            class_name="grid gap-5 sm:grid-cols-2",
        ),
        c.textarea(
            t("About you"),
            "bio",
            value=kept.bio,
            error=errors["bio"],
            hint=t("Stands under the tip form. A sentence or two are best."),
            optional=True,
            rows=3,
            dir="auto",
        ),
    )


def _pictures() -> rx.Component:
    return form_part(
        t("Your stage"),
        t("The picture behind your name."),
        c.choices(
            t("Your stage"),
            _picture(t("Your brand’s"), "brand", FanPage.brand),
            _picture(t("Amber"), "tipjar", "tipjar"),
            _picture(t("Violet"), "djdash", "djdash"),
            _picture(t("Blue"), "m10dj", "m10dj"),
            _picture(t("Coral"), "neutral", "neutral"),
            asked_above=True,
            class_name="grid grid-cols-2 sm:grid-cols-3 xl:grid-cols-5 gap-2.5",
        ),
    )


def _picture(title: Text, value: str, stage: Any) -> rx.Component:
    return c.picture_card(
        title,
        "photo",
        value,
        picture=f"/art/stage-{stage}-800.webp",
        checked=FanPage.poster.photo == value,
    )


def _published() -> rx.Component:
    return form_part(
        t("Who can see it"),
        t("Your colleagues always can, here."),
        rx.el.div(
            c.switch(t("Published"), "published", checked=FanPage.poster.published),
            # The sentence follows the switch at once, also before anything is saved.
            rx.el.p(
                t("Everybody who has the address or scans the code. Search engines may list it."),
                class_name="text-small text-fg2 hidden "
                "group-has-[[name='published']:checked]/form:block",
            ),
            rx.el.p(
                t(
                    "Nobody. The address and the code lead to “not found”, and nobody can tip, "
                    "until you publish it again."
                ),
                class_name="text-small text-fg2 group-has-[[name='published']:checked]/form:hidden",
            ),
        ),
    )


def _address() -> rx.Component:
    return c.card(
        rx.el.h2(t("Its address"), class_name="text-lead font-semibold"),
        rx.el.p(FanPage.page, class_name="mt-1 text-small text-fg2 break-all"),
        rx.el.div(
            c.link_button(
                icon("printer"),
                t("Print the code"),
                href=FanPage.print_page,
                kind="secondary",
                reload=True,
            ),
            copy_button(FanPage.page, t("Copy link"), t("Copied")),
            class_name="grid grid-cols-2 gap-2.5 mt-4",
        ),
        class_name="p-5",
    )


PAGE = ConsolePage(
    route=paths.FAN_PAGE,
    component=fan_page,
    title=TITLE,
    permission=Permission.PROFILE_UPDATE,
    on_load=(Shell.load, FanPage.load),
)
