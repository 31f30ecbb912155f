"""The form in which a fan gives a tip: a plain POST, whole without JavaScript."""

import reflex as rx
from babel.numbers import get_currency_symbol

from djplatform.core.i18n import current_language
from djplatform.features.crowd import paths
from djplatform.features.crowd.dto import CUSTOM, QUOTE, TipPage
from djplatform.features.crowd.rules import TipLimits
from djplatform.features.crowd.ui import quotes
from djplatform.features.crowd.ui.texts import isolated
from djplatform.ui import components as c
from djplatform.ui import icon, t

FIELD_OF = {"amount": "custom_amount"}
"""Where the page shows the error of a field, when that has another name."""


def tip_form(page: TipPage, limits: TipLimits) -> rx.Component:
    """The form with what was typed, what is wrong with it, and what becomes of every amount."""
    name = page.dj.stage_name
    errors, typed = page.form.errors, page.form.typed
    return c.form(
        c.hidden("token", page.form.token),
        _first_button(),
        c.error_summary({FIELD_OF.get(field, field): text for field, text in errors.items()}),
        _amounts(page, limits),
        _cover(page),
        c.field(
            t("Your name"),
            "guest_name",
            value=typed.guest_name,
            error=errors.get("guest_name", ""),
            optional=True,
            auto_complete="given-name",
            dir="auto",
        ),
        c.textarea(
            t("Say something to {name}", name=isolated(name)),
            "message",
            value=typed.message,
            hint=t("Only {name} sees this.", name=isolated(name)),
            error=errors.get("message", ""),
            optional=True,
            rows=2,
            dir="auto",
        ),
        _thumb_bar(page),
        action=paths.tip_page(page.dj.target.slug),
        no_validate=True,
    )


def _first_button() -> rx.Component:
    """What Enter presses: without it that would be "Work it out", the first one in the form."""
    return rx.el.button(
        t("Tip"),
        type="submit",
        class_name="sr-only",
        custom_attrs={"tabindex": "-1", "aria-hidden": "true"},
    )


def _amounts(page: TipPage, limits: TipLimits) -> rx.Component:
    name, typed = isolated(page.dj.stage_name), page.form.typed
    offered = {offer.value for offer in page.offers}
    chosen = typed.amount if typed.amount in offered else CUSTOM
    return rx.el.div(
        c.amount_choice(
            t("Tip {name}", name=name),
            [c.Amount(offer.value, offer.label) for offer in page.offers],
            chosen=chosen,
            # What was sent in the place of an offer, and is none, was meant as an own amount.
            custom_value=typed.amount_text if chosen == CUSTOM else typed.custom_amount,
            prefix=get_currency_symbol(limits.currency, locale=current_language()),
            hint=t(
                "From {least} to {most}.",
                least=quotes.money(limits.least),
                most=quotes.money(limits.most),
            ),
            error=page.form.errors.get("amount", ""),
        ),
        _work_it_out(name),
        class_name="flex flex-col gap-3",
    )


def _work_it_out(name: str) -> rx.Component:
    """Ask the server what becomes of a typed amount; the script does it while one types."""
    return quotes.for_custom(
        c.button(
            t("Show what {name} gets", name=name),
            kind="secondary",
            size="md",
            type="submit",
            name="step",
            custom_attrs={"value": QUOTE, "data-work-it-out": ""},
        )
    )


def _cover(page: TipPage) -> rx.Component:
    return c.checkbox(
        t("Cover the fee, so that {name} gets all of it", name=isolated(page.dj.stage_name)),
        "covers_fee",
        checked=page.form.typed.covers_fee,
    )


def _thumb_bar(page: TipPage) -> rx.Component:
    name, slug = page.dj.stage_name, page.dj.target.slug
    line = rx.el.p(
        icon("shield-check", 16, class_name="text-ok"),
        rx.el.span(
            *quotes.following(page.offers, lambda quote: quotes.sentence(quote, name)),
            quotes.for_custom(
                *quotes.own_line(page.own, name), **{"data-quote": paths.tip_quote(slug)}
            ),
            class_name="num",
            custom_attrs={"aria-live": "polite"},
        ),
        class_name="flex items-center gap-2 text-small text-fg2 min-h-9",
    )
    return c.thumb_bar(
        line,
        c.button(
            rx.el.span(t("Tip")),
            rx.el.span(
                *quotes.following(page.offers, lambda quote: quotes.money(quote.total)),
                class_name="num supports-[not_selector(:has(*))]:hidden",
            ),
            type="submit",
            size="lg",
            wide=True,
        ),
    )
