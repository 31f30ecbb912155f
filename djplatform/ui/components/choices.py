"""Choice cards: radios that look like cards, chosen and shown without JavaScript."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from djplatform.ui.components.base import Text, given, join
from djplatform.ui.components.forms import field
from djplatform.ui.icons import icon
from djplatform.ui.text import t

CUSTOM = "custom"
"""Value of the amount field when the payer typed an amount of their own."""

_CARD = (
    "relative border border-line2 bg-surface rounded-md transition-colors hover:border-ctl "
    "has-checked:border-accent has-checked:bg-soft has-checked:shadow-[0_0_0_1px_var(--accent)] "
    "has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-ink "
    "forced-colors:has-checked:border-4 forced-colors:has-checked:border-[Highlight]"
)
# One class a place, each a whole literal: Tailwind finds classes, it does not compute them.
_ECHO = (
    "hidden group-has-[[data-choice='1']:checked]/form:inline",
    "hidden group-has-[[data-choice='2']:checked]/form:inline",
    "hidden group-has-[[data-choice='3']:checked]/form:inline",
    "hidden group-has-[[data-choice='4']:checked]/form:inline",
    "hidden group-has-[[data-choice='5']:checked]/form:inline",
    "hidden group-has-[[data-choice='6']:checked]/form:inline",
)
_SHORT_LABEL = 5
"""Characters: £1000."""
_COLUMNS = {
    0: "",
    1: "",
    2: "grid-cols-2",
    3: "grid-cols-3 max-[20rem]:grid-cols-2",
    4: "grid-cols-4 max-[20rem]:grid-cols-2",
    5: "grid-cols-5 max-[20rem]:grid-cols-2",
    6: "grid-cols-3 max-[20rem]:grid-cols-2",
}
# A browser without :has() could never reveal the field, so there it always stands.
_REVEALED = (
    "mt-4 supports-[selector(:has(*))]:hidden "
    "group-has-[[data-choice='custom']:checked]/amount:block!"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount to choose: what the form sends (minor units) and what the card shows."""

    value: str
    label: Text


def amount_choice(
    legend: Text,
    amounts: Sequence[Amount],
    *,
    name: str = "amount",
    chosen: str = "",
    custom: bool = True,
    custom_name: str = "custom_amount",
    custom_value: Text = "",
    prefix: Text = "",
    hint: Text = "",
    error: Text = "",
) -> rx.Component:
    """Radio cards of amounts, at most six, and one for an amount of one's own.

    The form sends `name` = an `Amount.value` or `CUSTOM`, and the typed text as `custom_name`.
    `error` belongs to the typed amount and opens its field.

    Raises:
        ValueError: more than six amounts.
    """
    if len(amounts) > len(_ECHO):
        msg = f"{len(amounts)} amounts are more than the {len(_ECHO)} that fit"
        raise ValueError(msg)
    own = custom and (chosen == CUSTOM or given(error))
    cards = [
        _amount_card(name, str(place), amount, checked=not own and amount.value == chosen)
        for place, amount in enumerate(amounts, start=1)
    ]
    if custom:
        cards.append(_amount_card(name, CUSTOM, Amount(CUSTOM, t("Another amount")), checked=own))
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="text-small font-medium text-fg2 mb-2"),
        rx.el.div(*cards, class_name=join("grid gap-2.5", _columns(amounts))),
        _custom_field(custom_name, custom_value, prefix, hint, error) if custom else rx.fragment(),
        class_name="group/amount min-w-0",
    )


def _columns(amounts: Sequence[Amount]) -> str:
    """As many beside each other as fit a phone: three of "CHF 100" or "20,000 Ft"."""
    long = any(len(f"{amount.label}") > _SHORT_LABEL for amount in amounts)
    return _COLUMNS[3 if long and len(amounts) > 3 else len(amounts)]


def chosen_amount(amounts: Sequence[Amount], *, class_name: str = "num") -> rx.Component:
    """The chosen amount's label, for the button: it follows the radios by CSS alone.

    Stands in the same `form` as the `amount_choice` of these amounts.
    """
    return rx.el.span(
        *(
            rx.el.span(amount.label, class_name=shown)
            for amount, shown in zip(amounts, _ECHO, strict=False)
        ),
        class_name=class_name,
    )


def choice_card(
    title: Text,
    name: str,
    value: str,
    *,
    note: Text = "",
    aside: Text = "",
    picture: str = "",
    checked: Any = False,
    **props: Any,
) -> rx.Component:
    """One of several ways, e.g. how soon a song plays: title, reason, price at the side.

    `picture` is the name of an icon; cards of one `name` stand in a `choices` group.
    """
    parts = [
        _radio(name, value, checked, **props),
        rx.el.span(
            rx.el.span(title, class_name="block font-semibold"),
            rx.el.span(note, class_name="block text-small text-fg2") if given(note) else None,
            class_name="flex-1 min-w-0",
        ),
        rx.el.span(aside, class_name="num text-lead font-semibold") if given(aside) else None,
    ]
    if picture:
        parts.insert(
            1,
            rx.el.span(
                icon(picture, 19),
                class_name="grid place-items-center size-10 rounded-sm bg-hover text-fg2 "
                "transition-colors peer-checked:bg-accent peer-checked:text-on",
            ),
        )
    shown = [part for part in parts if part is not None]
    return rx.el.label(*shown, class_name=join(_CARD, "flex items-center gap-3.5 p-3.5 min-h-14"))


def picture_card(
    title: Text, name: str, value: str, *, picture: Text, checked: Any = False, **props: Any
) -> rx.Component:
    """One of several pictures, with its name under it; `picture` is the address of the image.

    Cards of one `name` stand in a `choices` group.
    """
    image = rx.el.img(
        src=picture, alt="", class_name="w-full aspect-[4/3] object-cover rounded-sm bg-hover"
    )
    words = rx.el.span(title, class_name="block px-1 pt-2 pb-1 text-small font-medium")
    return rx.el.label(
        _radio(name, value, checked, **props), image, words, class_name=join(_CARD, "block p-1.5")
    )


def choices(
    legend: Text,
    *cards: rx.Component,
    asked_above: bool = False,
    class_name: Text = "flex flex-col gap-2.5",
) -> rx.Component:
    """A group of choice cards with its question; `class_name` arranges the cards.

    With `asked_above` a heading asks the question for the eye, and the legend for the ear only.
    """
    look = "sr-only" if asked_above else "text-small font-medium text-fg2 mb-2"
    return rx.el.fieldset(
        rx.el.legend(legend, class_name=look),
        rx.el.div(*cards, class_name=class_name),
        class_name="min-w-0",
    )


def _amount_card(name: str, place: str, amount: Amount, *, checked: bool) -> rx.Component:
    radio = _radio(name, amount.value, checked, place=place)
    look = "grid place-items-center px-1 num has-checked:text-ink "
    # Five amounts in a row of 350 px: where the system's font is wide, three digits need it.
    size = "h-16 text-lead min-[26rem]:text-title font-semibold"
    if place == CUSTOM:
        size = "h-12 text-body font-medium col-span-full"
    return rx.el.label(radio, rx.el.span(amount.label), class_name=join(_CARD, look + size))


def _radio(name: str, value: str, checked: Any, *, place: str = "", **props: Any) -> rx.Component:
    attributes = {"value": value} | ({"data-choice": place} if place else {})
    return rx.el.input(
        type="radio",
        name=name,
        default_checked=checked,
        class_name="peer sr-only",
        custom_attrs=attributes,
        **props,
    )


def _custom_field(name: str, value: Text, prefix: Text, hint: Text, error: Text) -> rx.Component:
    control = field(
        t("Your amount"),
        name,
        value=value,
        prefix=prefix,
        hint=hint,
        error=error,
        input_mode="decimal",
        max_length=12,
    )
    return rx.el.div(control, class_name=_REVEALED)
