"""One part of a long form, on a card of its own."""

import reflex as rx

from djplatform.ui.components import card
from djplatform.ui.components.base import Child, Text


def form_part(title: Text, text: Text, *children: Child) -> rx.Component:
    """What the part is about, and its fields."""
    return card(
        rx.el.h2(title, class_name="text-lead font-semibold"),
        rx.el.p(text, class_name="text-small text-fg2 mt-0.5 mb-4"),
        rx.el.div(*children, class_name="flex flex-col gap-5"),
        class_name="p-5",
    )
