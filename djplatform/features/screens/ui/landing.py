"""The front door of each brand: what it does for you today, and the way in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import reflex as rx

from djplatform.features.accounts import paths
from djplatform.ui.components import document_frame, link_button, poster
from djplatform.ui.icons import icon
from djplatform.ui.pages import Document, PublicPage
from djplatform.ui.text import t
from djplatform.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class Promise:
    """One thing that the product does, in a few words and a sentence."""

    icon: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """What a brand says of itself."""

    title: str
    lead: str
    promises: tuple[Promise, ...]


def words(brand: str) -> Words:
    """The brand's own words; a brand that has none gets the neutral ones."""
    return _WORDS.get(brand, _neutral)()


def _tipjar() -> Words:
    return Words(
        t("Tips, straight to you."),
        t("Put a code on the booth. Guests tip from their phone, without an app or an account."),
        (
            Promise(
                "qr-code",
                t("One code for the night"),
                t("It opens your page on any phone, also on bad signal."),
            ),
            Promise(
                "heart",
                t("You see it as it happens"),
                t("Each tip shows up at your booth with the name and the words that came with it."),
            ),
            Promise(
                "wallet",
                t("Your money, your account"),
                t("Tips go to your own Stripe account; what it costs is shown before you start."),
            ),
        ),
    )


def _djdash() -> Words:
    return Words(
        t("Run the night from one page."),
        t("Set the event up in the afternoon, open the booth at night, count in the morning."),
        (
            Promise(
                "calendar",
                t("Your events in order"),
                t("Where, when, for whom, and the page that your guests will open."),
            ),
            Promise(
                "headphones",
                t("A booth for the dark"),
                t("Large targets, live messages, made for a phone beside the mixer."),
            ),
            Promise(
                "banknote",
                t("What the night brought"),
                t("Tips, fees and what is on its way to you, to the cent."),
            ),
        ),
    )


def _m10dj() -> Words:
    return Words(
        t("The company’s desk."),
        t("M10 DJ Company plans its events here, and meets its guests on the night."),
        (
            Promise(
                "users",
                t("The team on one page"),
                t("Everybody sees the same events, each with the rights they need."),
            ),
            Promise(
                "headphones",
                t("The booth, ready"),
                t("Open it on any phone when the doors open."),
            ),
            Promise(
                "banknote",
                t("Numbers that agree"),
                t("What guests paid and what arrived, line by line."),
            ),
        ),
    )


def _neutral() -> Words:
    return Words(
        t("Everything around the set."),
        t("Events, the booth, and what your guests send you on the night, in one place."),
        _djdash().promises,
    )


_WORDS: Mapping[str, Callable[[], Words]] = {"tipjar": _tipjar, "djdash": _djdash, "m10dj": _m10dj}


async def load(visit: Visit) -> Words:
    """The words of the visited brand."""
    return words(visit.brand.key)


def render(view: Words, visit: Visit) -> Document:
    """Draw the front door."""
    return Document(
        title=f"{visit.brand.name} · {view.title}",
        description=view.lead,
        body=document_frame(
            visit,
            _way_in(visit),
            rx.el.ul(*(_promise(p) for p in view.promises), class_name="mt-10 flex flex-col gap-7"),
            hero=poster(visit, view.title, below=view.lead),
        ),
        image=visit.url(f"/art/stage-{visit.brand.key}-1600.webp"),
        structured=_structured(view, visit),
        # An unknown host shows us, but is not ours: search engines should keep the real one.
        robots=None if visit.known_host else "noindex",
        cache_seconds=60,
    )


def _way_in(visit: Visit) -> rx.Component:
    if visit.signed_in:
        return link_button(t("Open your dashboard"), href=visit.brand.landing, size="lg", wide=True)
    return rx.el.div(
        link_button(t("Create an account"), href=paths.SIGN_UP, size="lg", wide=True),
        link_button(t("Log in"), href=paths.LOG_IN, kind="secondary", size="lg", wide=True),
        class_name="flex flex-col gap-3",
    )


def _promise(promise: Promise) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            icon(promise.icon, 20),
            class_name="grid place-items-center size-11 shrink-0 rounded-full bg-soft text-ink",
        ),
        rx.el.div(
            rx.el.h2(promise.title, class_name="font-semibold"),
            rx.el.p(promise.text, class_name="mt-0.5 text-fg2"),
        ),
        class_name="flex gap-4",
    )


def _structured(view: Words, visit: Visit) -> dict[str, str]:
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": visit.brand.name,
        "description": view.lead,
        "url": visit.url("/"),
    }


PAGE: PublicPage[Words] = PublicPage(path="/", load=load, render=render)
