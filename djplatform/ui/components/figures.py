"""Figures and people: amounts, statistics, avatars."""

from collections.abc import Sequence
from typing import Any, Literal

import reflex as rx

from djplatform.core.i18n import current_language
from djplatform.core.money import Money
from djplatform.ui.components.base import Text, given, join
from djplatform.ui.each import pick
from djplatform.ui.icons import icon

_MONEY = {
    "body": "num font-semibold text-body",
    "lead": "num font-semibold text-lead",
    "title": "num font-semibold text-title",
    "head": "num font-semibold text-head",
    "display": "num font-semibold text-display",
}
_AVATAR = {
    "sm": "size-8 text-micro",
    "md": "size-10 text-small",
    "lg": "size-14 text-lead",
}


def money(
    value: Money | Text,
    size: Literal["body", "lead", "title", "head", "display"] = "body",
    *,
    class_name: Text = "",
) -> rx.Component:
    """An amount in figures of equal width; `Money` is written as the reader's language does."""
    text = value.format(current_language()) if isinstance(value, Money) else value
    return rx.el.span(text, class_name=join(_MONEY[size], class_name))


def stat(
    label: Text,
    value: Text,
    *,
    note: Text = "",
    delta: Text = "",
    good: Any = True,
    trend: Sequence[float] = (),
) -> rx.Component:
    """One figure with its name, what it counts, its change, and its course to the card's edges."""
    head = [rx.el.p(label, class_name="text-small text-fg2 truncate")]
    if given(delta):
        tone = pick(good, {"True": "text-ok", "False": "text-bad"}, "text-fg3")
        if isinstance(good, rx.Var):
            tone = rx.cond(good, "text-ok", "text-bad")
        head.append(rx.el.p(delta, class_name=join("num text-small font-medium", tone)))
    parts = [
        rx.el.div(*head, class_name="flex items-center justify-between gap-2"),
        rx.el.p(
            value,
            class_name="num text-title sm:text-head font-semibold mt-1 whitespace-nowrap "
            "max-[20rem]:whitespace-normal max-[20rem]:wrap-anywhere",
        ),
    ]
    if given(note):
        parts.append(rx.el.p(note, class_name="text-small text-fg3"))
    if len(trend) > 1:
        parts.append(
            rx.el.div(sparkline(trend), class_name="mt-3 -mx-4 -mb-4 overflow-hidden rounded-b-md")
        )
    return rx.el.div(*parts, class_name="card p-4 overflow-hidden")


def sparkline(values: Sequence[float]) -> rx.Component:
    """The course of a figure as a line; neutral, because an accent would look like an alarm."""
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 100 / (len(values) - 1)
    points = [
        f"{place * step:.1f} {26 - (value - low) / span * 22:.1f}"
        for place, value in enumerate(values)
    ]
    line = "M" + "L".join(points)
    return rx.el.svg(
        rx.el.svg.path(d=f"{line}L100 30L0 30Z", class_name="fill-current opacity-12"),
        rx.el.svg.path(
            d=line,
            class_name="fill-none stroke-current stroke-[1.75]",
            custom_attrs={"vectorEffect": "non-scaling-stroke", "strokeLinejoin": "round"},
        ),
        view_box="0 0 100 30",
        preserve_aspect_ratio="none",
        aria_hidden="true",
        class_name="w-full h-9 text-fg3",
    )


def avatar(
    name: Text, *, size: Literal["sm", "md", "lg"] = "md", picture: Text = ""
) -> rx.Component:
    """A person or organization: the picture, else initials. The name stands beside it as text."""
    look = join("shrink-0 rounded-full", _AVATAR[size])
    if given(picture):
        return rx.el.img(src=picture, alt="", class_name=join(look, "object-cover bg-hover"))
    return rx.el.span(
        _initials(name),
        aria_hidden="true",
        class_name=join(look, "grid place-items-center font-semibold bg-soft text-ink uppercase"),
    )


def _initials(name: Text) -> Any:
    if isinstance(name, rx.Var):
        return name.to(str)[0:1]
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))


def key_value(label: Text, value: Text) -> rx.Component:
    """A line of a receipt: what, and how much."""
    return rx.el.div(
        rx.el.dt(label, class_name="text-fg2"),
        rx.el.dd(value, class_name="num font-medium text-right max-[20rem]:wrap-anywhere"),
        class_name="flex items-baseline justify-between gap-x-4 py-2 max-[20rem]:flex-wrap",
    )


def key_values(*lines: rx.Component) -> rx.Component:
    """A receipt: `key_value` lines with hairlines between them."""
    return rx.el.dl(*lines, class_name="divide-y divide-line")


def more_link(label: Text, href: Text) -> rx.Component:
    """The way from a short list to the whole one, for a section's `aside`."""
    return rx.el.a(
        rx.el.span(label),
        icon("chevron-right", 15),
        href=href,
        class_name="inline-flex items-center min-h-9 text-small font-medium text-ink rounded-sm",
    )
