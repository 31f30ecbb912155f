"""The parts of a front door: the product at work, the steps, the price, the questions."""

from collections.abc import Callable

import reflex as rx

from djplatform.features.crowd.dto import Offer, TipPrice
from djplatform.features.payments.dto import QuoteView
from djplatform.features.screens.dto import FrontDoor
from djplatform.features.screens.ui import landing_words
from djplatform.features.screens.ui.landing_words import Question, Step
from djplatform.ui import components as c
from djplatform.ui.icons import icon
from djplatform.ui.text import t


def picture(facts: FrontDoor) -> rx.Component:
    """The fan's choice and the booth, made of the components that the product is made of.

    Whatever amount is chosen, the booth, the sentence and the price below follow by CSS alone.
    """
    if facts.price is None:
        return rx.fragment()
    return rx.el.div(
        _fan(facts.price),
        _booth(facts.price),
        rx.el.p(
            t("An example with the real prices. Choose another amount."),
            class_name="text-small text-fg3",
        ),
        class_name="flex flex-col gap-3 lg:absolute lg:right-12 lg:bottom-full lg:w-[27rem] "
        "lg:translate-y-2/5",
    )


def _fan(price: TipPrice) -> rx.Component:
    amounts = [c.Amount(offer.value, offer.label) for offer in price.offers]
    return c.card(
        c.amount_choice(
            t("A fan chooses"), amounts, name="example", chosen=amounts[0].value, custom=False
        ),
        c.trust_line(_following(price, _sentence)),
        class_name="p-4 sm:p-5 flex flex-col gap-4 lg:shadow-2",
    )


def _booth(price: TipPrice) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.p(t("Your booth"), class_name="text-small font-medium text-fg2"),
            c.status_pill(t("Live"), "ok", pulse=True),
            class_name="flex items-center justify-between",
        ),
        rx.el.ul(
            c.list_row(
                t("Priya"),
                t("It’s her 30th at midnight"),
                leading=c.avatar("Priya"),
                aside=_following(price, lambda quote: quote.total_text),
                aside_note=t("now"),
            )
        ),
        class_name="dark card text-fg px-4 sm:px-5 pt-4 pb-2 lg:shadow-2",
    )


def _sentence(quote: QuoteView) -> str:
    return t("You pay {total}, the DJ gets {net}.", total=quote.total_text, net=quote.net_text)


def _following(price: TipPrice, say: Callable[[QuoteView], str]) -> rx.Component:
    """What is said of the chosen amount."""

    def said(offer: Offer) -> c.Amount:
        return c.Amount(offer.value, say(offer.quote))

    return c.chosen_amount([said(offer) for offer in price.offers])


def steps() -> rx.Component:
    """Three things that happen on a night, in their order."""
    return rx.el.section(
        rx.el.h2(t("How it goes"), class_name="text-head font-semibold"),
        rx.el.ol(
            *(_step(place, step) for place, step in enumerate(landing_words.steps(), start=1)),
            class_name="mt-7 lg:mt-9 grid gap-8 lg:gap-12 lg:grid-cols-3",
        ),
    )


def _step(place: int, step: Step) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                icon(step.icon, 20),
                class_name="grid place-items-center size-11 shrink-0 rounded-full bg-soft text-ink",
            ),
            rx.el.span(f"{place}", class_name="num text-title font-semibold text-fg3"),
            class_name="flex items-center justify-between lg:border-t lg:border-line lg:pt-6",
            aria_hidden="true",
        ),
        rx.el.h3(step.title, class_name="mt-4 text-title font-semibold"),
        rx.el.p(step.text, class_name="mt-1.5 text-lead text-fg2 max-w-[36ch]"),
    )


def costs(facts: FrontDoor) -> rx.Component:
    """The price in one line, and what it makes of the chosen amount."""
    price = facts.price
    if price is None:
        return rx.fragment()
    return rx.el.section(
        rx.el.div(
            rx.el.h2(t("What it costs"), class_name="text-head font-semibold"),
            rx.el.p(price.terms, class_name="num mt-5 text-display font-semibold"),
            rx.el.p(
                t("of each tip, card processing included. No monthly fee."),
                class_name="mt-2 text-lead text-fg2",
            ),
        ),
        rx.el.div(
            c.key_values(
                c.key_value(t("A fan pays"), _following(price, lambda quote: quote.total_text)),
                c.key_value(t("Our fee"), _following(price, lambda quote: quote.fee_text)),
                c.key_value(t("You get"), _following(price, lambda quote: quote.net_text)),
            ),
            class_name="card px-4 sm:px-5 py-2 text-lead",
        ),
        class_name="grid gap-6 lg:gap-16 lg:grid-cols-[minmax(0,1fr)_27rem] lg:items-end",
    )


def questions(facts: FrontDoor) -> rx.Component:
    """What people ask, each answer behind its question."""
    return rx.el.section(
        rx.el.h2(t("Questions"), class_name="text-head font-semibold"),
        rx.el.div(
            *(_question(one) for one in landing_words.questions(facts)),
            class_name="divide-y divide-line border-y border-line",
        ),
        class_name="grid gap-5 lg:gap-16 lg:grid-cols-[1fr_1.8fr] lg:items-start",
    )


def _question(one: Question) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.span(one.asked),
            icon(
                "chevron-down",
                20,
                class_name="text-fg3 transition-transform group-open/question:rotate-180",
            ),
            class_name="flex items-center justify-between gap-4 min-h-14 py-3 text-lead "
            "font-medium rounded-sm",
        ),
        rx.el.p(one.answer, class_name="pb-5 text-lead text-fg2 max-w-[64ch]"),
        class_name="group/question",
    )
