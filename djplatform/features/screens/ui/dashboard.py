"""The dashboard of every product: one component under four addresses."""

from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.features.accounts import paths as account_paths
from djplatform.features.screens import paths, service
from djplatform.features.screens.ui.account import account_open
from djplatform.features.screens.ui.checklist import checklist
from djplatform.features.screens.ui.dashboard_state import Dashboard
from djplatform.features.screens.ui.nights import nights_card
from djplatform.features.screens.ui.tips import (
    LISTED,
    LiveTip,
    running,
    shown_tips,
    tip_row,
    tips_feed,
)
from djplatform.features.screens.ui.tonight import tonight
from djplatform.ui import components as c
from djplatform.ui import icon, t, tn
from djplatform.ui.client_side import copy_button
from djplatform.ui.console import Shell, console_page, flash, may
from djplatform.ui.each import when
from djplatform.ui.live import Live
from djplatform.ui.pages import ConsolePage

TITLE = t("Dashboard")


def dashboard_page() -> rx.Component:
    """Draw the dashboard."""
    feed = tips_feed(Dashboard.stream)
    return console_page(
        when(Dashboard.loaded, _loaded(feed), _loading()),
        flash(Dashboard),
        current="home",
        title=_greeting(),
    )


def _loaded(feed: Live[LiveTip]) -> rx.Component:
    return rx.el.div(
        when(account_open(), rx.fragment(), checklist()),
        # Zeros say nothing to somebody who is still setting up.
        when(
            (Dashboard.totals.currency != "") & (account_open() | (Dashboard.totals.count > 0)),
            _figures(feed),
        ),
        # A desk has two columns; on a phone tonight comes first, and the nights before it last.
        rx.el.div(
            rx.el.div(
                tonight(),
                rx.el.div(_own_page(), class_name="max-lg:order-1"),
                class_name="contents lg:flex lg:flex-col lg:gap-4 lg:order-1 min-w-0",
            ),
            rx.el.div(
                _latest(feed),
                rx.el.div(_nights(), class_name="max-lg:order-2"),
                class_name="contents lg:flex lg:flex-col lg:gap-4 min-w-0",
            ),
            class_name="grid gap-4 grid-cols-1 lg:grid-cols-[1.6fr_1fr] items-start",
        ),
        class_name="flex flex-col gap-4",
    )


def _loading() -> rx.Component:
    """The shape of what comes, so that nothing jumps when it is there."""
    return rx.el.div(
        rx.el.div(class_name="card h-28"),
        rx.el.div(class_name="card h-28 max-sm:hidden"),
        rx.el.div(class_name="card h-28 max-sm:hidden"),
        rx.el.p(t("Loading"), role="status", class_name="sr-only"),
        class_name="grid gap-3 sm:gap-4 sm:grid-cols-3 opacity-60",
    )


def _greeting() -> Any:
    """By the person's own clock; nothing until the name is known."""
    name = rx.Var.create(Shell.person).split(" ")[0]
    hour = rx.Var("new Date().getHours()", _var_type=int).to(int)
    said = rx.cond(
        hour < 12,
        t("Good morning, {name}", name=name),
        rx.cond(
            hour < 18, t("Good afternoon, {name}", name=name), t("Good evening, {name}", name=name)
        ),
    )
    return rx.cond(Shell.person, said, TITLE)


def _figures(feed: Live[LiveTip]) -> rx.Component:
    known = Dashboard.totals
    count = rx.Var(f"Number({running(feed, 'count', known.count)})", _var_type=int).to(int)
    return rx.el.section(
        c.stat(
            t("Tips"),
            running(feed, "total", known.gross),
            note=tn("{n} tip so far", "{n} tips so far", count),
        ),
        c.stat(t("Fees"), running(feed, "total_fee", known.fee), note=t("kept from the tips")),
        rx.el.div(
            c.stat(t("You keep"), running(feed, "total_net", known.net), note=t("tips less fees")),
            class_name="max-sm:col-span-2",
        ),
        aria_label=t("What came in"),
        class_name="grid gap-3 sm:gap-4 grid-cols-2 max-[20rem]:grid-cols-1 sm:grid-cols-3",
    )


def _latest(feed: Live[LiveTip]) -> rx.Component:
    tips = shown_tips(feed, Dashboard.tips)
    head: list[rx.Component] = [
        rx.el.h2(t("Latest tips"), class_name="text-lead font-semibold"),
        when(Dashboard.stream, _stream_status(feed)),
    ]
    return c.card(
        rx.el.div(*head, class_name="flex items-center justify-between px-5 pt-4 min-h-9"),
        when(
            tips.length() > 0,
            rx.el.ul(
                rx.foreach(tips[: service.LATEST], _latest_row),
                aria_live="polite",
                class_name="divide-y divide-line px-5 pb-2 mt-1",
            ),
            c.empty_state(
                "heart",
                t("No tips yet"),
                t("They show up here the moment they are paid."),
            ),
        ),
        class_name="overflow-hidden",
    )


def _nights() -> rx.Component:
    nights: Any = rx.Var.create(Dashboard.nights)
    return when(nights.length() > 0, nights_card(t("Your nights"), nights, ""))


def _latest_row(tip: Any) -> rx.Component:
    return tip_row(tip, LISTED)


def _stream_status(feed: Live[LiveTip]) -> rx.Component:
    """Only trouble is said here; that a list is live shows by itself."""
    return rx.fragment(
        when(feed.status == "retrying", c.status_pill(t("Retrying"), "warn", pulse=True)),
        when(feed.status == "offline", c.status_pill(t("Offline"), "bad")),
    )


def _own_page() -> rx.Component:
    """What the code leads to, the code itself, and the ways to hand it on."""
    code = c.qr_drawing(
        Dashboard.code,
        Dashboard.code_side,
        label=t("Code that leads to your page"),
        class_name="w-32 shrink-0 rounded-sm",
    )
    return c.card(
        rx.el.div(code, _page_words(), class_name="flex items-center gap-4 max-[20rem]:flex-wrap"),
        c.text_link(
            Dashboard.page,
            href=Dashboard.tip_page,
            reload=True,
            class_name="inline-flex items-center min-h-11 mt-2 break-all",
        ),
        rx.el.div(
            c.link_button(
                icon("printer"),
                t("Print"),
                href=Dashboard.print_page,
                kind="secondary",
                reload=True,
            ),
            copy_button(Dashboard.page, t("Copy link"), t("Copied")),
            class_name="grid grid-cols-2 max-[20rem]:grid-cols-1 gap-2.5 mt-2",
        ),
        class_name="p-5",
    )


def _page_words() -> rx.Component:
    open_for_tips = rx.cond(
        account_open(),
        t("Fans scan the code and tip from their phone."),
        t("It is there already; tips open when payments are connected."),
    )
    return rx.el.div(
        rx.el.h2(t("Your page"), class_name="text-lead font-semibold"),
        rx.el.p(
            rx.cond(
                Dashboard.published,
                open_for_tips,
                t("It is not published: nobody can see it or tip."),
            ),
            class_name="text-small text-fg2 mt-0.5",
        ),
        when(may(Permission.PROFILE_UPDATE), c.more_link(t("Change it"), paths.FAN_PAGE)),
        class_name="min-w-0",
    )


PAGES = [
    ConsolePage(
        route=route,
        component=dashboard_page,
        title=TITLE,
        permission=Permission.CONSOLE_READ,
        on_load=(Shell.load, Dashboard.load),
    )
    for route in (*account_paths.LANDINGS.values(), account_paths.NEUTRAL_LANDING)
]
