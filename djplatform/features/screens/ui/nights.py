"""Nights with what their fans gave, on the dashboard and beside the earnings."""

from typing import Any

import reflex as rx

from djplatform.features.screens import paths
from djplatform.ui import components as c
from djplatform.ui import t, tn
from djplatform.ui.client_side import local_time
from djplatform.ui.components.base import Child
from djplatform.ui.each import when


def nights_card(title: str, nights: Any, otherwise: Child) -> rx.Component:
    """The nights, the latest first, each leading to its booth; `otherwise` when there is none."""
    return c.card(
        rx.el.h2(title, class_name="text-lead font-semibold px-5 pt-4"),
        when(
            nights.length() > 0,
            rx.el.ul(rx.foreach(nights, _night), class_name="divide-y divide-line px-5 pb-2 mt-1"),
            otherwise,
        ),
        class_name="overflow-hidden",
    )


def _night(night: Any) -> rx.Component:
    return c.list_row(
        rx.el.bdi(night["title"]),
        rx.fragment(
            when(night["live"], _live(), local_time(night["started_at"], day=True)),
            when(night["venue"], rx.fragment(" · ", rx.el.bdi(night["venue"]))),
        ),
        aside=night["net"],
        aside_note=tn("{n} tip", "{n} tips", night["count"].to(int)),
        href=paths.booth(night["id"]),
        key=night["id"],
        custom_attrs={"data-night": night["id"]},
    )


def _live() -> rx.Component:
    return rx.el.span(
        c.pulse_dot("ok"),
        t("Live now"),
        class_name="inline-flex items-center gap-1.5 font-medium text-ok",
    )
