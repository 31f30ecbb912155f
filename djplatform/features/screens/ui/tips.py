"""Tips as they come, on the dashboard and in the booth."""

from dataclasses import dataclass
from typing import Any, TypedDict

import reflex as rx

from djplatform.ui import t
from djplatform.ui.client_side import local_time
from djplatform.ui.components import avatar
from djplatform.ui.each import when
from djplatform.ui.live import Live, live

STREAM = "/api/stream/"


class LiveTip(TypedDict):
    """A row of the crowd's channels: a tip, and the running total that includes it."""

    id: str
    name: str
    message: str
    amount: str
    net: str
    refunded: str
    at: str
    count: str
    total: str
    total_fee: str
    total_net: str


def tips_feed(address: Any) -> Live[LiveTip]:
    """The tips of a stream; an empty address opens none."""
    return live(address, LiveTip)


def shown_tips(feed: Live[LiveTip], known: Any) -> Any:
    """The tips to show, the newest first: the stream's, and what the page knew before it spoke.

    One list under one set of keys, so that the hand-over is not seen.
    """
    return rx.cond(feed.loaded, feed.newest, known).to(list[dict[str, str]])


def running(feed: Live[LiveTip], name: str, known: Any) -> Any:
    """A figure of the running total: the newest row's, and what the page knew before one came."""
    rows: Any = feed.newest
    return rx.cond(rows.length() > 0, rows[0][name], known)


def went_back(tip: Any) -> rx.Component:
    """What of a tip was refunded, or taken back by the fan's bank."""
    return when(
        tip["refunded"],
        rx.el.p(
            t("{amount} went back", amount=tip["refunded"]),
            class_name="num text-small text-warn",
            custom_attrs={"data-refunded": ""},
        ),
    )


@dataclass(frozen=True, slots=True)
class TipLook:
    """How large a tip is written."""

    row: str
    name: str
    words: str
    amount: str
    day: bool
    """Whether the day is said too."""


LISTED = TipLook(
    row="items-center py-3 min-h-16",
    name="font-medium truncate",
    words="text-small",
    amount="num font-semibold",
    day=True,
)
"""One of several lists on a page."""

# The newest is the one card of the list; the others are rows, divided by lines.
AT_A_GLANCE = TipLook(
    row="items-start px-3 py-3.5 min-h-18 border-b border-line last:border-b-0 "
    "first:rounded-lg first:bg-raised first:border first:border-accent/45 first:p-4 first:mb-2 "
    "first:shadow-[0_0_0_3px_var(--soft),var(--sh1)]",
    name="text-lead font-semibold break-words",
    words="mt-0.5 text-body",
    amount="num text-title font-semibold text-ink",
    day=False,
)
"""Across the mixer, in the dark."""


def tip_row(tip: Any, look: TipLook) -> rx.Component:
    """One tip: who, what they said, when, how much. The words are shown as they were typed."""
    return rx.el.li(
        avatar(tip["name"]),
        rx.el.div(
            rx.el.p(rx.el.bdi(tip["name"]), class_name=look.name),
            when(
                tip["message"],
                rx.el.p(
                    tip["message"],
                    dir="auto",
                    class_name=f"{look.words} text-fg2 whitespace-pre-line break-words",
                ),
            ),
            class_name="flex-1 min-w-0",
        ),
        rx.el.div(
            rx.el.p(tip["amount"], class_name=look.amount),
            went_back(tip),
            local_time(tip["at"], day=look.day, class_name="num block text-small text-fg3"),
            class_name="text-right shrink-0",
        ),
        key=tip["id"],
        class_name=f"flex gap-3.5 animate-rise {look.row}",
        custom_attrs={"data-tip": tip["id"]},
    )
