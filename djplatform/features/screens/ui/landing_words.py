"""What the front doors say: a few words of each brand, and what is true of all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from djplatform.features.screens.dto import FrontDoor
from djplatform.ui.text import t


@dataclass(frozen=True, slots=True)
class Words:
    """What a brand says of itself."""

    title: str
    lead: str


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three things that happen on a night."""

    icon: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What people ask before they sign up."""

    asked: str
    answer: str


def words(brand: str) -> Words:
    """The brand's own words; a brand that has none gets the neutral ones."""
    return _WORDS.get(brand, _neutral)()


def _tipjar() -> Words:
    return Words(
        t("Tips, straight to you."),
        t("Put a code on the booth. Guests tip from their phone, without an app or an account."),
    )


def _djdash() -> Words:
    return Words(
        t("Run the night from one page."),
        t("A code for the crowd, a booth made for the dark, and every tip counted to the cent."),
    )


def _m10dj() -> Words:
    return Words(
        t("The company’s desk."),
        t("M10 DJ Company meets its guests here on the night, and counts in the morning."),
    )


def _neutral() -> Words:
    return Words(
        t("Everything around the set."),
        t("A code for your crowd, a booth made for the dark, and figures that agree."),
    )


_WORDS: Mapping[str, Callable[[], Words]] = {"tipjar": _tipjar, "djdash": _djdash, "m10dj": _m10dj}


def steps() -> tuple[Step, ...]:
    """Code, tip, booth."""
    return (
        Step(
            "qr-code",
            t("Show your code"),
            t("Print the sheet, or hold up your phone. It opens your page on any other phone."),
        ),
        Step(
            "heart",
            t("A fan tips"),
            t("They choose an amount, add a name and a few words, and pay by card."),
        ),
        Step(
            "headphones",
            t("You see it in the booth"),
            t("The tip stands on your screen a moment later, with the words that came with it."),
        ),
    )


def questions(view: FrontDoor) -> tuple[Question, ...]:
    """What people ask, answered by what the product does today."""
    asked = [
        Question(
            t("What does a fan need?"),
            t(
                "A phone with a camera and a card, Apple Pay or Google Pay. No app, no account. "
                "The page is small, works without JavaScript, and keeps what was typed when the "
                "signal drops."
            ),
        ),
        Question(
            t("When do I get the money?"),
            t(
                "Each tip goes to your own Stripe account when it is paid. Stripe sends it on to "
                "your bank, and shows you when."
            ),
        ),
        Question(
            t("Where does it work?"),
            t("In {n} countries, each in its own currency.", n=view.countries),
        ),
        Question(
            t("Who reads what fans write?"),
            t("You do, in your booth and on your dashboard. It stands on no public page."),
        ),
    ]
    if view.price is not None:
        asked.insert(1, _costs(view.price.terms))
    return tuple(asked)


def _costs(terms: str) -> Question:
    return Question(
        t("What does it cost?"),
        t(
            "{terms} of each tip, card processing included. There is no monthly fee. A fan may "
            "cover the fee, so that you get all of it.",
            terms=terms,
        ),
    )
