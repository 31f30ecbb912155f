"""What the page of a DJ shows while no tips are taken."""

import reflex as rx

from djplatform.core.text import several_lines
from djplatform.features.crowd import paths
from djplatform.features.crowd.dto import LOOK_AGAIN, GiveTip, TipPage
from djplatform.features.crowd.ui.texts import isolated, person, words
from djplatform.ui import components as c
from djplatform.ui import t


def closed(page: TipPage) -> rx.Component:
    """Kindly that nothing can be given; whoever was typing finds the words kept."""
    if not page.closed_while_typing:
        return c.empty_state("heart", t("Tips are not open yet"), page.closed_text, heading=2)
    name = isolated(page.dj.stage_name)
    return rx.el.div(
        c.empty_state(
            "heart",
            t("Tips are not open right now"),
            t("{name} is not taking tips at this moment. Nothing was charged.", name=name),
            heading=2,
        ),
        rx.el.div(_shown_back(page.form.typed), class_name="card px-4 py-1"),
        _look_again(page),
        class_name="flex flex-col gap-5",
    )


def _shown_back(typed: GiveTip) -> rx.Component:
    lines: list[rx.Component] = []
    if typed.amount_text:
        lines.append(c.key_value(t("Your amount"), typed.amount_text))
    if typed.guest_name:
        lines.append(c.key_value(t("Your name"), person(typed.guest_name)))
    if typed.message:
        lines.append(c.key_value(t("Your message"), words(several_lines(typed.message))))
    return c.key_values(*lines)


def _look_again(page: TipPage) -> rx.Component:
    """The form unseen, with what was typed; once tips are open it stands there filled in."""
    return c.form(
        c.hidden("token", page.form.token),
        *(c.hidden(field, value) for field, value in _as_sent(page.form.typed).items()),
        c.button(
            t("Look again"),
            kind="secondary",
            size="lg",
            wide=True,
            type="submit",
            name="step",
            custom_attrs={"value": LOOK_AGAIN},
        ),
        rx.el.p(
            t("What you typed is kept on this page until tips are open again."),
            class_name="text-small text-fg3 text-center",
        ),
        action=paths.tip_page(page.dj.target.slug),
    )


def _as_sent(typed: GiveTip) -> dict[str, str]:
    """The fields as a browser sends them: a tick that is not set is not sent."""
    fields = typed.model_dump(exclude={"covers_fee"})
    return fields | ({"covers_fee": "on"} if typed.covers_fee else {})
