"""What stands on a page: cards, notices, rows, empty states."""

from typing import Any

import reflex as rx

from djplatform.ui.components.base import Child, Text, Tone, given, ink, join, tint
from djplatform.ui.each import each, pick, when
from djplatform.ui.icons import icon

_NOTICE = {
    "neutral": "border-line bg-hover",
    "info": "border-info/25 bg-info/8",
    "ok": "border-ok/25 bg-ok/8",
    "warn": "border-warn/25 bg-warn/8",
    "bad": "border-bad/25 bg-bad/8",
}
_NOTICE_ICON = {
    "neutral": "info",
    "info": "info",
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
}


def card(*children: Child, class_name: Text = "p-4 sm:p-5", **props: Any) -> rx.Component:
    """A surface with a hairline. Parts inside are separated by lines, not by more boxes."""
    return rx.el.div(*children, class_name=join("card", class_name), **props)


def section(
    title: Text,
    *children: Child,
    aside: Child = "",
    class_name: Text = "mt-10",
    id: str = "",  # noqa: A002 HTML's own word
) -> rx.Component:
    """A part of a page under its heading; `aside` stands at the heading's right."""
    head: list[rx.Component] = [rx.el.h2(title, class_name="text-title font-semibold")]
    if given(aside):
        head.append(rx.el.div(aside, class_name="text-small text-fg2 text-right"))
    return rx.el.section(
        rx.el.div(*head, class_name="flex items-baseline justify-between gap-4"),
        *children,
        id=id or None,
        class_name=class_name,
    )


def notice(
    title: Text,
    text: Text = "",
    *,
    tone: Any = "info",
    action: Child = "",
    live: bool = False,
    id: str = "",  # noqa: A002 HTML's own word
) -> rx.Component:
    """A message in the page. `live` makes screen readers say it when it appears later."""
    words: list[rx.Component] = [rx.el.p(title, class_name="font-medium")]
    if given(text):
        words.append(when(text, rx.el.p(text, class_name="mt-0.5 text-small text-fg2")))
    if given(action):
        words.append(rx.el.div(action, class_name="mt-3"))
    attributes = {"role": pick(tone, {"bad": "alert"}, "status")} if live else {}
    return rx.el.div(
        rx.el.span(_notice_icon(tone), class_name=join("mt-px", ink(tone))),
        rx.el.div(*words, class_name="flex-1 min-w-0"),
        id=id or None,
        class_name=join(
            "flex items-start gap-3 rounded-md border p-4",
            pick(tone, _NOTICE, _NOTICE["neutral"]),
        ),
        custom_attrs=attributes,
    )


def _notice_icon(tone: Any) -> rx.Component:
    if isinstance(tone, rx.Var):
        drawn = [(key, icon(name, 18)) for key, name in _NOTICE_ICON.items()]
        return rx.fragment(rx.match(tone, *drawn, icon("info", 18)))
    return icon(_NOTICE_ICON[tone], 18)


def status_pill(label: Text, tone: Any = "neutral", *, pulse: bool = False) -> rx.Component:
    """A state in one or two words. `pulse` only for what happens at this moment."""
    dot = [pulse_dot(tone)] if pulse else []
    return rx.el.span(
        *dot,
        rx.el.span(label),
        class_name=join(
            "inline-flex items-center gap-1.5 h-6 px-2 rounded-full text-micro font-medium "
            "whitespace-nowrap",
            tint(tone),
        ),
    )


def pulse_dot(tone: Any = "ok") -> rx.Component:
    """A dot that beats: this happens at this moment."""
    return rx.el.span(
        class_name=join("size-1.5 shrink-0 rounded-full bg-current animate-pulse", ink(tone)),
        aria_hidden="true",
    )


def rows(items: Any, draw: Any, *, class_name: Text = "divide-y divide-line") -> rx.Component:
    """A list with hairlines between its rows; `draw` makes a `list_row` of an item."""
    return rx.el.ul(each(items, draw), class_name=class_name)


def list_row(
    title: Text,
    note: Text = "",
    *,
    leading: Child = "",
    aside: Child = "",
    aside_note: Child = "",
    href: Text = "",
    reload: bool = False,
    **props: Any,
) -> rx.Component:
    """One row: picture, title and note, figure at the right. With `href` all of it is a link."""
    name = rx.el.p(title, class_name="font-medium truncate")
    if given(href):
        more: dict[str, Any] = {"reload_document": True} if reload else {}
        link = rx.el.a(title, href=href, class_name="after:absolute after:inset-0", **more)
        name = rx.el.p(link, class_name="font-medium truncate")
    words: list[rx.Component] = [name]
    if given(note):
        words.append(rx.el.p(note, class_name="text-small text-fg2 truncate"))
    parts: list[Any] = [leading] if given(leading) else []
    parts.append(rx.el.div(*words, class_name="flex-1 basis-24 min-w-0"))
    if given(aside) or given(aside_note):
        parts.append(_aside(aside, aside_note))
    hover = "hover:bg-hover transition-colors" if given(href) else ""
    return rx.el.li(
        *parts,
        class_name=join(
            "relative flex items-center gap-3.5 py-3 min-h-14 max-[20rem]:flex-wrap", hover
        ),
        **props,
    )


def _aside(aside: Child, note: Child) -> rx.Component:
    lines: list[rx.Component] = (
        [rx.el.p(aside, class_name="num font-semibold")] if given(aside) else []
    )
    if given(note):
        lines.append(rx.el.p(note, class_name="num text-small text-fg3"))
    return rx.el.div(*lines, class_name="text-right shrink-0 ml-auto")


def empty_state(
    picture: str, title: Text, text: Text, *actions: rx.Component, heading: int = 3
) -> rx.Component:
    """What to show where a list has nothing yet: what happened, what comes next, one button."""
    tag = {2: rx.el.h2, 3: rx.el.h3}[heading]
    parts = [
        rx.el.span(
            icon(picture, 20),
            class_name="grid place-items-center size-11 rounded-full bg-soft text-ink",
        ),
        rx.el.div(
            tag(title, class_name="text-body font-semibold"),
            rx.el.p(text, class_name="text-small text-fg2 mt-1 max-w-[34ch] mx-auto"),
            class_name="text-center",
        ),
    ]
    if actions:
        parts.append(rx.el.div(*actions, class_name="flex flex-wrap justify-center gap-2"))
    return rx.el.div(*parts, class_name="flex flex-col items-center gap-4 py-9 px-6")


def trust_line(text: Text, *, picture: str = "shield-check") -> rx.Component:
    """The sentence above a paying button that takes the worry away."""
    return rx.el.p(
        icon(picture, 16, class_name="text-ok"),
        rx.el.span(text),
        class_name="flex items-center gap-2 text-small text-fg2",
    )


def busy(label: Text, tone: Tone = "accent") -> rx.Component:
    """Something plays or is being worked on: the equaliser, and what it is in words."""
    bars = (
        "[animation-delay:0ms]",
        "[animation-delay:260ms]",
        "[animation-delay:120ms]",
        "[animation-delay:400ms]",
    )
    return rx.el.span(
        rx.el.span(
            *(
                rx.el.span(
                    class_name="w-[3px] h-full bg-current rounded-full origin-bottom "
                    f"animate-eq {delay}"
                )
                for delay in bars
            ),
            aria_hidden="true",
            class_name=join("inline-flex items-end gap-[2px] h-3.5", ink(tone)),
        ),
        rx.el.span(label),
        class_name="inline-flex items-center gap-2.5",
    )
