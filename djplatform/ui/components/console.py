"""The frame of consoles: a sidebar on a desk, a bar at the thumb on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from djplatform.ui.components.base import Child, Text, given, join
from djplatform.ui.components.buttons import icon_button
from djplatform.ui.components.figures import avatar
from djplatform.ui.components.forms import form
from djplatform.ui.components.frames import brand_mark
from djplatform.ui.each import when
from djplatform.ui.icons import icon
from djplatform.ui.text import t

_ON_THE_BAR = 4
"""Places on a phone's bar before the rest moves into "More"."""

_SIDE = "flex items-center gap-3 h-10 px-3 rounded-sm font-medium transition-colors "
_BAR = (
    "flex-1 min-w-0 flex flex-col items-center justify-center gap-1 h-14 rounded-sm text-micro "
    "font-medium transition-colors "
)


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place of a console. `count` is what waits there; it may be a Var.

    `shown` hides a place from those who may not go there; `order` sorts the places of all features.
    """

    key: str
    label: Text
    icon: str
    href: Text
    count: Any = None
    shown: Any = True
    order: int = 50


@dataclass(frozen=True, slots=True)
class Account:
    """Who is logged in, and where the log-out form posts to. Texts may be Vars."""

    name: Text
    organization: Text
    log_out: str
    settings: Text = ""


def console_frame(
    *body: Child,
    brand: Text,
    brand_name: Text,
    nav: Sequence[NavItem],
    current: Any,
    title: Text,
    account: Account,
    actions: Sequence[rx.Component] = (),
    status: Child = "",
) -> rx.Component:
    """A page behind a log-in. `current` is the key of the place that is open.

    `actions` stand beside the title, `status` (Live, Offline, 3 saved) before them.
    """
    head: list[Child] = [
        rx.el.h1(
            title,
            class_name="text-title lg:text-head font-semibold flex-1 min-w-0 truncate "
            "max-[20rem]:whitespace-normal max-[20rem]:basis-full",
        )
    ]
    if given(status):
        head.append(status)
    head.extend(actions)
    return rx.el.div(
        _skip_link(),
        _sidebar(brand, brand_name, nav, current, account),
        rx.el.div(
            rx.el.header(
                *head, class_name="flex items-center gap-3 min-h-11 mb-6 max-[20rem]:flex-wrap"
            ),
            rx.el.main(*body, id="main"),
            class_name="flex-1 min-w-0 px-5 pt-5 pb-28 lg:px-8 lg:pt-6 lg:pb-12",
        ),
        _bar(nav, current, account),
        class_name="font-brand flex min-h-dvh bg-bg text-fg",
    )


def _skip_link() -> rx.Component:
    # The browser's own link: the router would write the whole address, and no tool would see
    # that it leads to this very page.
    return rx.el.A.create(
        t("Skip to the content"),
        href="#main",
        class_name="sr-only focus:not-sr-only focus:fixed focus:z-50 focus:top-2 focus:left-2 "
        "focus:bg-raised focus:rounded-sm focus:px-4 focus:py-3 focus:shadow-2",
    )


def _sidebar(
    brand: Text, brand_name: Text, nav: Sequence[NavItem], current: Any, account: Account
) -> rx.Component:
    return rx.el.aside(
        rx.el.div(
            brand_mark(brand, 32),
            rx.el.div(
                rx.el.p(account.organization, class_name="font-semibold truncate"),
                rx.el.p(brand_name, class_name="text-small text-fg3 truncate"),
                class_name="flex-1 min-w-0",
            ),
            class_name="flex items-center gap-3 p-2 -mx-1",
        ),
        rx.el.nav(
            *(when(item.shown, _side_link(item, current)) for item in nav),
            aria_label=t("Main"),
            class_name="flex flex-col gap-0.5 mt-5 flex-1",
        ),
        _person(account),
        class_name="hidden lg:flex flex-col w-62 shrink-0 h-dvh sticky top-0 p-4 border-r "
        "border-line bg-sunken/60",
    )


def _person(account: Account) -> rx.Component:
    """Who is logged in, the way to the settings, and out."""
    who = [
        avatar(account.name, size="sm"),
        rx.el.span(account.name, class_name="flex-1 min-w-0 font-medium truncate"),
    ]
    look = "flex-1 min-w-0 flex items-center gap-3 min-h-11 px-1 rounded-sm"
    person = (
        rx.el.a(
            *who,
            rx.el.span(t("Settings"), class_name="sr-only"),
            href=account.settings,
            class_name=f"{look} hover:bg-hover transition-colors",
        )
        if given(account.settings)
        else rx.el.div(*who, class_name=look)
    )
    leave = form(icon_button("log-out", t("Log out"), type="submit"), action=account.log_out)
    return rx.el.div(
        person, leave, class_name="flex items-center gap-1 pt-3 mt-3 border-t border-line"
    )


def _side_link(item: NavItem, current: Any) -> rx.Component:
    parts = [icon(item.icon), rx.el.span(item.label, class_name="flex-1 truncate")]
    if item.count is not None:
        parts.append(when(item.count, _count(item.count)))
    return rx.el.a(
        *parts,
        href=item.href,
        class_name=join(
            _SIDE,
            _if_current(item, current, "bg-hover text-fg", "text-fg2 hover:bg-hover hover:text-fg"),
        ),
        custom_attrs={"aria-current": _if_current(item, current, "page", "false")},
    )


def _bar(nav: Sequence[NavItem], current: Any, account: Account) -> rx.Component:
    first = nav if len(nav) <= _ON_THE_BAR else nav[:_ON_THE_BAR]
    return rx.el.nav(
        *(when(item.shown, _bar_link(item, current)) for item in first),
        _more(nav[len(first) :], current, account),
        aria_label=t("Main, at the bottom"),
        class_name="lg:hidden fixed inset-x-0 bottom-0 z-10 flex gap-1 px-2 pt-1 glass border-t "
        "border-line safe-b",
    )


def _bar_link(item: NavItem, current: Any) -> rx.Component:
    parts = [icon(item.icon, 21), rx.el.span(item.label, class_name="truncate max-w-full px-1")]
    if item.count is not None:
        mark = rx.el.span(_count(item.count), class_name="absolute top-0 left-1/2 ml-1")
        parts.append(when(item.count, mark))
    return rx.el.a(
        *parts,
        href=item.href,
        class_name=join("relative", _BAR, _if_current(item, current, "text-ink", "text-fg2")),
        custom_attrs={"aria-current": _if_current(item, current, "page", "false")},
    )


def _more(rest: Sequence[NavItem], current: Any, account: Account) -> rx.Component:
    """Everything that has no place on the bar, in a sheet that opens without a script."""
    sheet = rx.el.div(
        *(when(item.shown, _side_link(item, current)) for item in rest),
        _on_the_sheet(account),
        id="more-places",
        class_name="inset-x-0 top-auto bottom-0 m-0 w-full max-w-none rounded-t-lg bg-raised "
        "text-fg shadow-3 p-4 safe-b backdrop:bg-black/65 open:animate-rise forced-colors:border",
        custom_attrs={"popover": "auto"},
    )
    return rx.fragment(
        rx.el.button(
            icon("menu", 21),
            rx.el.span(t("More")),
            type="button",
            class_name=join(_BAR, "text-fg2"),
            custom_attrs={"popoverTarget": "more-places"},
        ),
        sheet,
    )


def _on_the_sheet(account: Account) -> rx.Component:
    """The same as `_person`, with words: a thumb has no hover that would explain a picture."""
    parts: list[rx.Component] = [
        rx.el.div(
            avatar(account.name, size="sm"),
            rx.el.p(account.name, class_name="flex-1 min-w-0 font-semibold truncate"),
            class_name="flex items-center gap-3 px-3 py-2",
        )
    ]
    if given(account.settings):
        look = join(_SIDE, "min-h-12 text-fg2 hover:bg-hover hover:text-fg")
        link = rx.el.a(icon("settings"), t("Settings"), href=account.settings, class_name=look)
        parts.append(link)
    leave = rx.el.button(
        icon("log-out"),
        t("Log out"),
        type="submit",
        class_name=join(_SIDE, "w-full min-h-12 text-fg2 hover:bg-hover hover:text-fg"),
    )
    parts.append(form(leave, action=account.log_out))
    return rx.fragment(*parts)


def _count(count: Any) -> rx.Component:
    return rx.el.span(
        count,
        class_name="num text-micro font-medium text-ink bg-soft rounded-full px-1.5 h-5 min-w-5 "
        "grid place-items-center",
    )


def _if_current(item: NavItem, current: Any, yes: str, no: str) -> Any:
    if isinstance(current, rx.Var):
        return rx.cond(current == item.key, yes, no)
    return yes if current == item.key else no
