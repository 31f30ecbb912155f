"""Colour arithmetic: OKLCH to sRGB, WCAG contrast, mixing."""

import math
from typing import NamedTuple


class Oklch(NamedTuple):
    """A colour by lightness (0 to 1), chroma (0 to about 0.37) and hue in degrees."""

    lightness: float
    chroma: float
    hue: float


def to_hex(colour: Oklch) -> str:
    """Write the colour as `#rrggbb`; chroma that a screen cannot show is taken back first.

    Matrices: Björn Ottosson, "A perceptual color space for image processing" (2020).
    """
    lightness, chroma, hue = colour
    while chroma > 0 and not _shown(_linear(lightness, chroma, hue)):
        chroma -= 0.002
    channels = (_encode(c) for c in _linear(lightness, max(chroma, 0), hue))
    return "#" + "".join(f"{round(min(1, max(0, c)) * 255):02x}" for c in channels)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mix(top: str, bottom: str, share: float) -> str:
    """Lay `top` at opacity `share` over `bottom`, as a browser paints it."""
    pairs = zip(_channels(top), _channels(bottom), strict=True)
    return "#" + "".join(f"{round((t * share + b * (1 - share)) * 255):02x}" for t, b in pairs)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _shown(linear: tuple[float, float, float]) -> bool:
    return all(-1e-4 <= channel <= 1.0001 for channel in linear)


def _encode(channel: float) -> float:
    if channel <= 0.0031308:
        return 12.92 * channel
    return 1.055 * channel ** (1 / 2.4) - 0.055


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
