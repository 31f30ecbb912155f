"""You pay 5.00, the DJ gets 4.52: said for every choice, shown for the chosen one by CSS alone."""

from collections.abc import Callable, Sequence

import reflex as rx

from djplatform.core.i18n import current_language
from djplatform.core.money import Money
from djplatform.features.crowd.dto import CUSTOM, Offer
from djplatform.features.crowd.ui.texts import isolated
from djplatform.features.payments.dto import QuoteView
from djplatform.ui import t

# Whole literals, because Tailwind finds classes and does not compute them. A browser without
# :has() shows every line instead of none.
_SHOWN = {
    "1": "supports-[selector(:has(*))]:hidden group-has-[[data-choice='1']:checked]/form:inline!",
    "2": "supports-[selector(:has(*))]:hidden group-has-[[data-choice='2']:checked]/form:inline!",
    "3": "supports-[selector(:has(*))]:hidden group-has-[[data-choice='3']:checked]/form:inline!",
    "4": "supports-[selector(:has(*))]:hidden group-has-[[data-choice='4']:checked]/form:inline!",
    "5": "supports-[selector(:has(*))]:hidden group-has-[[data-choice='5']:checked]/form:inline!",
    "6": "supports-[selector(:has(*))]:hidden group-has-[[data-choice='6']:checked]/form:inline!",
    CUSTOM: "supports-[selector(:has(*))]:hidden "
    "group-has-[[data-choice='custom']:checked]/form:inline!",
}
# Of the tick `covers_fee` only the beginning: Tailwind makes a blank of an underscore.
_UNCOVERED = "group-has-[[name^='covers']:checked]/form:hidden"
_COVERED = "hidden group-has-[[name^='covers']:checked]/form:inline"

Say = Callable[[QuoteView], str]


def money(amount: Money) -> str:
    """An amount as the reader's language writes it."""
    return amount.format(current_language())


def sentence(quote: QuoteView, name: str) -> str:
    """You pay £5.00, Jay gets £4.52."""
    return t(
        "You pay {total}, {name} gets {net}.",
        total=money(quote.total),
        name=isolated(name),
        net=money(quote.net),
    )


def own_line(offer: Offer | None, name: str) -> list[rx.Component]:
    """The sentence for a typed amount. It names the amount, so it is never about another one."""
    if offer is None:
        return [rx.el.span(t("Type an amount to see what {name} gets.", name=isolated(name)))]
    return _both(offer, lambda quote: sentence(quote, name))


def following(offers: Sequence[Offer], say: Say) -> list[rx.Component]:
    """One line for each offer; the one of the checked radio shows."""
    return [
        rx.el.span(*_both(offer, say), class_name=_SHOWN[str(place)])
        for place, offer in enumerate(offers, start=1)
    ]


def for_custom(*children: rx.Component, **props: str) -> rx.Component:
    """What shows while "Other" is checked."""
    return rx.el.span(*children, class_name=_SHOWN[CUSTOM], custom_attrs=props)


def _both(offer: Offer, say: Say) -> list[rx.Component]:
    """The same said without and with the fee covered; the tick decides which shows."""
    return [
        rx.el.span(say(offer.quote), class_name=_UNCOVERED),
        rx.el.span(say(offer.covered), class_name=_COVERED),
    ]
