"""QR codes as inline SVG: dark on light in every theme, with the quiet zone that readers need."""

from functools import lru_cache
from typing import NamedTuple

import reflex as rx
import segno

from djplatform.ui.components.base import Text

_QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004, 6.3.8)."""


class QrPath(NamedTuple):
    """A code as SVG path data, and the side of its square in modules, quiet zone included."""

    d: str
    side: int


@lru_cache(maxsize=256)
def qr_path(text: str) -> QrPath:
    """Draw `text`, e.g. a link, as a QR code with error correction M (15 %)."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs: list[str] = []
    for y, row in enumerate(matrix, start=_QUIET_ZONE):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x + _QUIET_ZONE} {y}h{end - x}v1H{x + _QUIET_ZONE}z")
            x = end + 1
    return QrPath("".join(runs), len(matrix) + 2 * _QUIET_ZONE)


def qr(text: str, *, label: Text, class_name: Text = "w-full max-w-80") -> rx.Component:
    """Draw the QR code of `text`; `label` says where it leads."""
    d, side = qr_path(text)
    return qr_drawing(d, side, label=label, class_name=class_name)


def qr_drawing(
    d: Text, side: Text, *, label: Text, class_name: Text = "w-full max-w-80"
) -> rx.Component:
    """Draw a code from its `qr_path`; in a console both come as Vars from the state."""
    return rx.el.svg(
        rx.el.svg.path(d="M0 0h999v999H0z", custom_attrs={"fill": "#fff"}),
        rx.el.svg.path(d=d, custom_attrs={"fill": "#000"}),
        role="img",
        aria_label=label,
        class_name=class_name,
        # Without crisp edges hairlines show between the modules when it is printed small.
        custom_attrs={"viewBox": f"0 0 {side} {side}", "shapeRendering": "crispEdges"},
    )
