"""The front door of each brand: what it does for you today, and the way in."""

from dataclasses import dataclass, replace

import reflex as rx

from djplatform.features.accounts import paths
from djplatform.features.screens import service
from djplatform.features.screens.dto import FrontDoor
from djplatform.features.screens.ui.landing_parts import costs, picture, questions, steps
from djplatform.features.screens.ui.landing_words import Words, words
from djplatform.ui import components as c
from djplatform.ui.hosts import NEUTRAL
from djplatform.ui.pages import Document, PublicPage
from djplatform.ui.text import t
from djplatform.ui.visit import Visit

WIDTH = "w-full max-w-[80rem] mx-auto px-5 lg:px-12"


@dataclass(frozen=True, slots=True)
class Landing:
    """The brand's words, and the facts."""

    words: Words
    facts: FrontDoor


async def load(visit: Visit) -> Landing:
    """The words of the visited brand, and what tips cost there."""
    facts = await service.front_door(visit.brand.key, known_host=visit.known_host)
    return Landing(words(visit.brand.key), facts)


def render(view: Landing, visit: Visit) -> Document:
    """Draw the front door."""
    return Document(
        title=f"{visit.brand.name} · {view.words.title}",
        description=view.words.lead,
        # The choice of an amount is followed wherever the page speaks of it.
        body=rx.el.div(
            _hero(view, visit),
            rx.el.main(
                picture(view.facts),
                steps(),
                costs(view.facts),
                questions(view.facts),
                _invitation(view, visit),
                id="main",
                class_name=f"{WIDTH} relative max-lg:-mt-5 max-lg:rounded-t-lg bg-bg flex flex-col "
                "gap-14 lg:gap-24 pt-6 lg:pt-20",
            ),
            _footer(view, visit),
            class_name="group/form min-h-dvh bg-bg text-fg",
        ),
        image=visit.url(f"/art/stage-{visit.brand.key}-1600.webp"),
        structured=_structured(view, visit),
        # An unknown host shows us, but is not ours: search engines should keep the real one.
        robots=None if visit.known_host else "noindex",
        cache_seconds=60,
    )


def _hero(view: Landing, visit: Visit) -> rx.Component:
    """The stage from edge to edge with the title on it; dark in both modes."""
    return rx.el.header(
        _stage(visit),
        rx.el.div(class_name="absolute inset-0 scrim"),
        rx.el.div(
            c.brand_link(visit),
            _log_in(view, visit),
            class_name=f"{WIDTH} relative flex items-center justify-between gap-4",
        ),
        rx.el.div(
            rx.el.div(
                rx.el.h1(view.words.title, class_name="text-display lg:text-hero font-bold"),
                rx.el.p(
                    view.words.lead,
                    class_name="mt-4 lg:mt-6 max-w-[34ch] text-lead lg:text-title text-white/85",
                ),
                rx.el.div(*_way_in(view, visit), class_name="mt-7 lg:mt-9"),
                class_name="lg:max-w-[60%]",
            ),
            class_name=f"{WIDTH} relative",
        ),
        class_name="dark relative isolate overflow-hidden grain bg-bg text-white flex flex-col "
        "justify-between gap-24 pt-4 pb-14 lg:pt-8 lg:pb-24 lg:min-h-[min(86dvh,54rem)]",
    )


def _stage(visit: Visit) -> rx.Component:
    stage = c.stage_picture(visit.brand.key)
    return rx.el.img(
        src=stage.small,
        alt="",
        class_name="absolute inset-0 size-full object-cover object-[50%_60%]",
        custom_attrs={
            "srcSet": f"{stage.small} 800w, {stage.large} 1600w",
            "sizes": "100vw",
            "fetchPriority": "high",
            "width": 1600,
            "height": 1000,
        },
    )


def _log_in(view: Landing, visit: Visit) -> rx.Component:
    if visit.signed_in or view.facts.real_host:
        return rx.fragment()
    return c.link_button(t("Log in"), href=paths.LOG_IN, kind="secondary")


def _way_in(view: Landing, visit: Visit) -> list[rx.Component]:
    """The one thing to do here."""
    if host := view.facts.real_host:
        real = replace(NEUTRAL, host=host)
        return [
            rx.el.p(t("This address is not connected to us."), class_name="mb-3 text-white/85"),
            c.link_button(t("Open {host}", host=host), href=visit.url("/", real), size="lg"),
        ]
    if visit.signed_in:
        landing = visit.brand.landing
        return [c.link_button(t("Open your dashboard"), href=landing, size="lg")]
    return [c.link_button(t("Create an account"), href=paths.SIGN_UP, size="lg")]


def _invitation(view: Landing, visit: Visit) -> rx.Component:
    """The way in once more, for whoever has read to the end."""
    if visit.signed_in or view.facts.real_host:
        return rx.fragment()
    return rx.el.section(
        rx.el.h2(t("Your code is ready when you are."), class_name="text-head font-semibold"),
        c.link_button(t("Create your account"), href=paths.SIGN_UP, size="lg", kind="secondary"),
        class_name="flex flex-col items-start gap-5 border-t border-line pt-10 "
        "sm:flex-row sm:items-center sm:justify-between",
    )


def _footer(view: Landing, visit: Visit) -> rx.Component:
    contact = view.facts.contact
    return rx.el.footer(
        rx.el.p(visit.brand.name, class_name="font-medium text-fg2"),
        rx.el.p(
            t("Questions?"),
            " ",
            c.text_link(contact, href=f"mailto:{contact}"),
        ),
        class_name=f"{WIDTH} mt-14 lg:mt-20 pb-10 flex flex-wrap gap-x-6 gap-y-2 justify-between "
        "text-small text-fg3",
    )


def _structured(view: Landing, visit: Visit) -> dict[str, str]:
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": visit.brand.name,
        "description": view.words.lead,
        "url": visit.url("/"),
    }


PAGE: PublicPage[Landing] = PublicPage(path="/", load=load, render=render)
