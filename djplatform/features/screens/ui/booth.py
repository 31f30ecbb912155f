"""The booth: tonight on the phone beside the mixer. Always dark, made for the thumb."""

from typing import Any

import reflex as rx

from djplatform.core.actor import Permission
from djplatform.features.screens.ui.booth_code import CODE, code_card, code_sheet
from djplatform.features.screens.ui.booth_state import Booth
from djplatform.features.screens.ui.tips import (
    AT_A_GLANCE,
    LiveTip,
    running,
    shown_tips,
    tip_row,
    tips_feed,
)
from djplatform.ui import components as c
from djplatform.ui import icon, outbox, t, tn
from djplatform.ui.console import Shell, flash, may
from djplatform.ui.each import pick, when
from djplatform.ui.live import Live, keep_awake
from djplatform.ui.pages import ConsolePage

END, END_NIGHT = "end-night", "events.end_event"


def booth_page() -> rx.Component:
    """Draw the booth."""
    feed = tips_feed(Booth.stream)
    return rx.el.div(
        keep_awake(rx.Var.create(Booth.night.live)),
        when(Booth.missing, _missing(), _night(feed)),
        flash(Booth, class_name="bottom-28 lg:bottom-6"),
        code_sheet(),
        _end_sheet(),
        outbox.after(Booth.ended),
        class_name="dark font-brand bg-bg text-fg min-h-dvh lg:h-dvh lg:flex lg:flex-col",
        custom_attrs={"data-always-dark": ""},
    )


def _night(feed: Live[LiveTip]) -> rx.Component:
    return rx.fragment(
        rx.el.div(
            _header(feed),
            rx.el.div(_total(feed), class_name="lg:hidden"),
            class_name="sticky top-0 z-10 glass border-b border-line lg:static",
        ),
        rx.el.div(
            rx.el.main(
                _tips(feed),
                id="main",
                class_name="lg:overflow-y-auto no-bar",
                # On a desk it scrolls by itself, so arrow keys must be able to reach it.
                custom_attrs={"tabIndex": 0},
            ),
            rx.el.aside(
                _total(feed),
                code_card(),
                rx.el.div(_end_button(), class_name="mt-auto pt-6"),
                aria_label=t("Total and code"),
                class_name="max-lg:hidden flex flex-col overflow-y-auto no-bar p-6 border-l "
                "border-line",
            ),
            class_name="lg:grid lg:grid-cols-[1fr_27rem] lg:flex-1 lg:min-h-0",
        ),
        _dock(),
    )


def _header(feed: Live[LiveTip]) -> rx.Component:
    night = Booth.night
    return rx.el.header(
        rx.el.a(
            icon("chevron-left", 24),
            rx.el.span(t("Back to the dashboard"), class_name="sr-only"),
            href=Shell.landing,
            class_name="grid place-items-center size-16 -ml-5 -mr-3 shrink-0 rounded-md text-fg2 "
            "hover:text-fg",
        ),
        rx.el.div(
            rx.el.h1(
                rx.cond(Booth.loaded, night.title, t("Booth")),
                class_name="text-lead font-semibold truncate",
            ),
            rx.el.p(
                rx.cond(night.venue, night.venue, Booth.dj),
                class_name="text-small text-fg2 truncate min-h-4.5",
            ),
            class_name="min-w-0 flex-1",
        ),
        outbox.saved(),
        rx.el.div(_status(feed), role="status"),
        class_name="flex items-center gap-3 px-5 lg:px-6 h-16 lg:h-20",
    )


def _status(feed: Live[LiveTip]) -> rx.Component:
    """Whether what is on the screen is what is going on."""
    words = {
        "live": t("Live"),
        "retrying": t("Retrying"),
        "offline": t("Offline"),
    }
    tones = {"live": "ok", "retrying": "warn", "offline": "bad"}
    running_now = rx.el.span(
        c.pulse_dot(pick(feed.status, tones, "neutral")),
        rx.el.span(pick(feed.status, words, t("Connecting"))),
        class_name=pick(
            feed.status,
            {key: f"{_PILL} {_PILL_TONE[key]}" for key in words},
            f"{_PILL} bg-hover text-fg2",
        ),
        custom_attrs={"data-stream": feed.status},
    )
    over = rx.el.span(t("Ended"), class_name=f"{_PILL} bg-hover text-fg2")
    return when(Booth.loaded, when(Booth.night.live, running_now, over))


_PILL = "inline-flex items-center gap-1.5 h-8 px-3 rounded-full text-small font-medium"
_PILL_TONE = {
    "live": "bg-ok/14 text-ok",
    "retrying": "bg-warn/14 text-warn",
    "offline": "bg-bad/14 text-bad",
}


def _total(feed: Live[LiveTip]) -> rx.Component:
    """The figure of the night, large enough for a glance across the mixer."""
    known = Booth.totals
    count = rx.Var(f"Number({running(feed, 'count', known.count)})", _var_type=int).to(int)
    figure = running(feed, "total", known.gross)
    return rx.el.section(
        rx.el.p(
            rx.cond(
                Booth.night.live,
                tn("{n} tip tonight", "{n} tips tonight", count),
                tn("{n} tip that night", "{n} tips that night", count),
            ),
            class_name="text-small text-fg2",
        ),
        rx.el.div(
            rx.el.p(
                rx.cond(Booth.totals.currency, figure, "–"),
                class_name="num text-display font-semibold whitespace-nowrap",
                custom_attrs={"data-total": ""},
            ),
            when(
                Booth.totals.currency,
                rx.el.p(
                    t("You keep {net}", net=running(feed, "total_net", known.net)),
                    class_name="num text-small text-fg2 pb-1.5",
                    custom_attrs={"data-net": ""},
                ),
            ),
            class_name="flex items-end justify-between gap-4 flex-wrap",
        ),
        aria_label=t("Total of the night"),
        class_name="px-5 pb-3 lg:px-0 lg:pb-6",
    )


def _tips(feed: Live[LiveTip]) -> rx.Component:
    tips = shown_tips(feed, Booth.tips)
    listed = rx.el.ul(
        rx.foreach(tips, _tip),
        aria_live="polite",
        aria_label=t("Tips, the newest first"),
        class_name="flex flex-col px-2 pt-2 pb-32 lg:p-4",
    )
    return when(
        tips.length() > 0, listed, when(Booth.loaded, _empty(), rx.el.div(class_name="h-40"))
    )


def _tip(tip: Any) -> rx.Component:
    return tip_row(tip, AT_A_GLANCE)


def _empty() -> rx.Component:
    return rx.el.div(
        c.empty_state(
            "qr-code",
            t("No tips yet"),
            t("Show the code. The first tip rises here the moment it is paid."),
            heading=2,
        ),
        class_name="min-h-[46dvh] grid place-items-center pb-28 lg:pb-0",
    )


def _missing() -> rx.Component:
    return rx.el.main(
        c.empty_state(
            "calendar",
            t("This night is not here"),
            t("It may belong to another team, or the address is mistyped."),
            c.link_button(t("Back to the dashboard"), href=Shell.landing, size="booth"),
            heading=2,
        ),
        id="main",
        class_name="min-h-dvh grid place-items-center",
    )


def _dock() -> rx.Component:
    """At the thumb: the code first, the end of the night apart from it."""
    return rx.el.div(
        c.button(
            icon("qr-code", 24),
            t("Show the code"),
            size="booth",
            class_name="flex-1",
            custom_attrs={"popoverTarget": CODE},
        ),
        when(
            Booth.night.live & may(Permission.EVENTS_WRITE),
            rx.el.button(
                icon("moon", 22),
                rx.el.span(t("End"), class_name="text-micro font-medium"),
                type="button",
                class_name="flex flex-col items-center justify-center gap-1 size-16 shrink-0 "
                "rounded-md border border-line2 text-fg2 hover:bg-hover transition-colors",
                custom_attrs={"popoverTarget": END, "aria-haspopup": "dialog"},
            ),
        ),
        class_name="lg:hidden fixed inset-x-0 bottom-0 z-10 flex gap-2.5 px-4 pt-3 glass border-t "
        "border-line safe-b",
    )


def _end_button() -> rx.Component:
    return when(
        Booth.night.live & may(Permission.EVENTS_WRITE),
        c.opener(END, icon("moon", 20), t("End the night"), size="booth", class_name="w-full"),
    )


def _end_sheet() -> rx.Component:
    return c.dialog(
        END,
        t("End the night?"),
        text=t("Your page stays open for tips. The booth keeps this night’s list and total."),
        actions=(
            c.closer(END, t("Keep going"), size="booth"),
            c.button(
                t("End it"),
                size="booth",
                on_click=outbox.enqueue(END_NIGHT, event_id=Booth.night.id),
                custom_attrs={"popoverTarget": END, "popoverTargetAction": "hide"},
            ),
        ),
    )


PAGE = ConsolePage(
    route="/booth/[event]",
    component=booth_page,
    title=t("Booth"),
    permission=Permission.TIPS_READ,
    on_load=(Shell.load, Booth.load),
    keeps=(END_NIGHT,),
)
