"""Frames of documents: the poster with its sheet, and the calm card of a log-in."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from djplatform.ui.components.base import Child, Text, given, join
from djplatform.ui.each import when
from djplatform.ui.visit import Visit

SHEET = "relative bg-bg px-5 pt-6 pb-12 w-full mx-auto max-w-[38rem] lg:px-12 lg:pt-12"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in two sizes: 800 and 1600 px wide."""

    small: str
    large: str


def stage_picture(brand: str) -> Picture:
    """The brand's own stage, for whoever has not uploaded a picture."""
    return Picture(f"/art/stage-{brand}-800.webp", f"/art/stage-{brand}-1600.webp")


def brand_mark(brand: Text, size: int = 28) -> rx.Component:
    """The brand's sign, beside its name."""
    box = {"width": size, "height": size}
    sign = rx.el.img(src=f"/favicon-{brand}.svg", alt="", class_name="shrink-0", custom_attrs=box)
    # In a console the brand comes with the state; until then its place is kept.
    return when(brand, sign, rx.el.svg(class_name="shrink-0", custom_attrs=box))


def poster(
    visit: Visit,
    title: Text,
    *,
    above: Text = "",
    below: Child = "",
    badge: Child = "",
    picture: Picture | None = None,
) -> rx.Component:
    """The hero of a public page: a picture, the brand, who and where. Dark in both modes."""
    words: list[rx.Component] = [
        rx.el.h1(title, class_name="text-display lg:text-hero font-bold mt-0.5")
    ]
    if given(above):
        words.insert(0, rx.el.p(above, class_name="text-small lg:text-body text-white/80"))
    if given(below):
        words.append(rx.el.div(below, class_name="mt-3 text-small lg:text-body text-white/80"))
    head: list[rx.Component] = [brand_link(visit)]
    if given(badge):
        head.append(_badge(badge))
    return rx.el.header(
        _poster_picture(picture or stage_picture(visit.brand.key)),
        rx.el.div(class_name="absolute inset-0 scrim"),
        rx.el.div(
            *head, class_name="relative flex flex-wrap items-center justify-between gap-x-4 gap-y-2"
        ),
        rx.el.div(*words, class_name="relative"),
        class_name="dark relative isolate overflow-hidden grain flex flex-col justify-between "
        "text-white px-5 pt-4 pb-10 h-84 bg-bg lg:h-dvh lg:sticky lg:top-0 lg:p-12",
    )


def document_frame(
    visit: Visit, *body: Child, hero: rx.Component | None = None, footer: Child = ""
) -> rx.Component:
    """A public page. With a `hero` (see `poster`) a phone slides the sheet over the picture.

    A form that ends in a `thumb_bar` stands in `body`.
    """
    end = rx.el.footer(
        footer if given(footer) else visit.brand.name,
        # Clears the thumb bar where there is one.
        class_name="text-small text-fg3 mt-10 group-has-[[data-thumb-bar]]/sheet:pb-36 lg:pb-0! "
        "[@media(max-height:30rem)]:pb-0!",
    )
    if hero is None:
        return rx.el.div(
            rx.el.header(
                brand_link(visit),
                class_name="px-5 pt-4 lg:px-12 lg:pt-8 w-full mx-auto max-w-[38rem]",
            ),
            rx.el.main(*body, end, id="main", class_name=join("group/sheet", SHEET)),
            class_name="min-h-dvh bg-bg text-fg",
        )
    return rx.el.div(
        hero,
        rx.el.main(
            *body,
            end,
            id="main",
            class_name=join("group/sheet -mt-5 rounded-t-lg lg:mt-0 lg:rounded-none", SHEET),
        ),
        class_name="min-h-dvh bg-bg text-fg lg:grid lg:grid-cols-[1.35fr_1fr]",
    )


def thumb_bar(*children: Child) -> rx.Component:
    """The main action of a fan page, at the thumb; from a tablet on it stands in the flow."""
    return rx.el.div(
        rx.el.div(*children, class_name="max-w-[34rem] mx-auto flex flex-col gap-3"),
        data_thumb_bar="",
        class_name="fixed inset-x-0 bottom-0 z-10 glass border-t border-line px-5 pt-3 safe-b "
        "lg:static lg:bg-transparent lg:backdrop-blur-none lg:border-0 lg:p-0! "
        # On a low screen (a phone on its side, a page at 200 %) it would cover what it belongs to.
        "[@media(max-height:30rem)]:static [@media(max-height:30rem)]:px-0",
    )


def auth_frame(
    visit: Visit, title: Text, *body: Child, lead: Text = "", footer: Child = ""
) -> rx.Component:
    """Log-in, sign-up and their kin: the brand, one card, nothing else."""
    words: list[rx.Component] = [rx.el.h1(title, class_name="text-title font-semibold")]
    if given(lead):
        words.append(rx.el.p(lead, class_name="mt-1 text-fg2"))
    end = (
        [rx.el.footer(footer, class_name="mt-6 text-center text-small text-fg2")]
        if given(footer)
        else []
    )
    return rx.el.div(
        rx.el.div(class_name="glow absolute inset-x-0 top-0 h-80", aria_hidden="true"),
        rx.el.header(
            brand_link(visit, "text-title"),
            class_name="relative flex justify-center",
        ),
        rx.el.main(
            rx.el.div(*words),
            rx.el.div(*body, class_name="mt-6 flex flex-col gap-5"),
            id="main",
            class_name="relative card mt-7 p-6 sm:p-8",
        ),
        *end,
        class_name="relative isolate min-h-dvh w-full max-w-[28rem] mx-auto px-5 py-10 "
        "sm:py-[12dvh] text-fg",
    )


def brand_link(visit: Visit, size: str = "text-lead") -> rx.Component:
    """The brand's sign and name, which lead to its front door."""
    return rx.el.a(
        brand_mark(visit.brand.key),
        rx.el.span(visit.brand.name),
        href="/",
        class_name=join("inline-flex items-center gap-2.5 min-h-11 font-semibold rounded-sm", size),
    )


def _badge(badge: Child) -> rx.Component:
    return rx.el.div(
        badge,
        class_name="inline-flex items-center gap-1.5 min-h-8 px-3 rounded-full bg-black/55 "
        "backdrop-blur-md text-small font-medium",
    )


def _poster_picture(picture: Picture) -> rx.Component:
    attributes: dict[str, Any] = {
        "srcSet": f"{picture.small} 800w, {picture.large} 1600w",
        "sizes": "(min-width: 1024px) 60vw, 100vw",
        "fetchPriority": "high",
        "width": 1600,
        "height": 1000,
    }
    return rx.el.img(
        src=picture.small,
        alt="",
        class_name="absolute inset-x-0 top-0 w-full h-[82%] lg:h-full object-cover "
        "object-[50%_70%]",
        custom_attrs=attributes,
    )
