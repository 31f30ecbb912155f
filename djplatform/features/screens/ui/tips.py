"""Tips as they come, on the dashboard and in the booth."""

from typing import Any, TypedDict

import reflex as rx

from djplatform.ui import t
from djplatform.ui.client_side import local_time
from djplatform.ui.components import avatar
from djplatform.ui.components.base import Text, join
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


def tip_row(tip: Any, *, class_name: Text = "") -> rx.Component:
    """One tip: who, what they said, when, how much. The words are shown as they were typed."""
    return rx.el.li(
        avatar(tip["name"]),
        rx.el.div(
            rx.el.p(rx.el.bdi(tip["name"]), class_name="font-medium truncate"),
            when(
                tip["message"],
                rx.el.p(
                    tip["message"],
                    dir="auto",
                    class_name="text-small text-fg2 whitespace-pre-line break-words",
                ),
            ),
            class_name="flex-1 min-w-0",
        ),
        rx.el.div(
            rx.el.p(tip["amount"], class_name="num font-semibold"),
            went_back(tip),
            local_time(tip["at"], class_name="num block text-small text-fg3"),
            class_name="text-right shrink-0",
        ),
        key=tip["id"],
        class_name=join("flex items-center gap-3.5 animate-rise", class_name),
        custom_attrs={"data-tip": tip["id"]},
    )
