"""The picture of a stage with words over it: dark in both modes."""

from typing import Any

import reflex as rx

from djplatform.ui.components.base import Child, Text, join
from djplatform.ui.each import when


def stage(picture: Any, *children: Child, class_name: Text) -> rx.Component:
    """Draw `children` over a stage; `class_name` gives height and padding.

    `picture` is the key of a stage. The picture is decoration, and says nothing to a screen reader.
    """
    return rx.el.div(
        when(
            picture,
            rx.el.img(
                src=f"/art/stage-{picture}-800.webp",
                alt="",
                class_name="absolute inset-0 size-full object-cover object-[50%_35%]",
                custom_attrs={"width": 800, "height": 500},
            ),
        ),
        rx.el.div(class_name="absolute inset-0 scrim"),
        *children,
        class_name=join("dark relative isolate grain flex flex-col bg-bg", class_name),
    )
