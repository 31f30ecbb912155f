"""Icons as inline SVG: the same in a console, a document and a printed page."""

import reflex as rx

from djplatform.ui.icon_paths import PATHS


def icon(name: str, size: int = 18, *, class_name: str = "", label: str = "") -> rx.Component:
    """Draw an icon of 24 units at `size` px in the colour of the text around it.

    Without a `label` it is decoration and screen readers skip it.

    Raises:
        KeyError: no icon has that name; `icon_paths` lists them.
    """
    said: dict[str, str] = {"role": "img", "aria-label": label} if label else {}
    return rx.el.svg(
        rx.el.svg.path(d=PATHS[name]),
        view_box="0 0 24 24",
        class_name=f"shrink-0 {class_name}".rstrip(),
        custom_attrs={
            "width": size,
            "height": size,
            "fill": "none",
            "stroke": "currentColor",
            "strokeWidth": "1.9",
            "strokeLinecap": "round",
            "strokeLinejoin": "round",
            **(said or {"aria-hidden": "true"}),
        },
    )
