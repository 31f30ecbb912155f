"""The colours of the brands: OKLCH in, one `assets/tokens.css` out.

`python -m djplatform.ui.tokens` writes the stylesheet; a test holds the committed file to it.
Neutrals are tinted with the brand's hue: this, more than the accent, makes four brands out of one
sheet. `accent` fills, `on` is text on it, `ink` is the accent as text, link and focus ring; the
accent itself is never a text colour.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from djplatform.settings import ROOT
from djplatform.ui.color import Oklch, contrast, mix, to_hex

Mode = Literal["light", "dark"]
MODES: tuple[Mode, ...] = ("light", "dark")
SURFACES = ("bg", "surface", "raised", "sunken")
STATUSES = ("ok", "warn", "bad", "info")
STYLESHEET = ROOT / "assets" / "tokens.css"

SOFT = {"light": 0.11, "dark": 0.17}
"""Opacity of the accent's tint."""
HOVER = {"light": 0.05, "dark": 0.06}
"""Opacity of the text colour over what is hovered."""
CONTROL = {"light": 0.48, "dark": 0.42}
"""Opacity of the text colour in the edge of a control."""
STATUS_TINT, NOTICE_TINT = 0.14, 0.08
"""Opacities of a status colour's tints (`bg-ok/14` of a pill, `bg-ok/8` of a notice)."""


@dataclass(frozen=True)
class Accent:
    """A brand's colour in one mode: as fill, as text on the fill, as text."""

    fill: Oklch
    on: Oklch
    ink: Oklch


@dataclass(frozen=True)
class Brand:
    """What tells one brand from another. `lift` raises the lightness of the dark surfaces."""

    name: str
    hue: float
    tint: Mapping[Mode, float]
    light: Accent
    dark: Accent
    lift: float = 0
    ink_chroma: float = 0.015


BRANDS: Mapping[str, Brand] = {
    "neutral": Brand(
        name="DJ Platform",
        hue=285,
        tint={"dark": 0.008, "light": 0.004},
        dark=Accent(Oklch(0.715, 0.18, 36), Oklch(0.18, 0.045, 36), Oklch(0.77, 0.145, 38)),
        light=Accent(Oklch(0.70, 0.19, 37), Oklch(0.19, 0.05, 36), Oklch(0.53, 0.155, 40)),
    ),
    "tipjar": Brand(
        name="TipJar",
        hue=65,
        tint={"dark": 0.010, "light": 0.006},
        dark=Accent(Oklch(0.82, 0.165, 75), Oklch(0.20, 0.045, 70), Oklch(0.845, 0.14, 80)),
        light=Accent(Oklch(0.80, 0.165, 74), Oklch(0.22, 0.05, 65), Oklch(0.515, 0.115, 62)),
    ),
    "djdash": Brand(
        name="DJ Dash",
        hue=290,
        tint={"dark": 0.016, "light": 0.006},
        dark=Accent(Oklch(0.585, 0.235, 285), Oklch(1, 0, 0), Oklch(0.755, 0.135, 290)),
        light=Accent(Oklch(0.535, 0.245, 284), Oklch(1, 0, 0), Oklch(0.50, 0.24, 284)),
    ),
    "m10dj": Brand(
        name="M10 DJ Company",
        hue=262,
        tint={"dark": 0.042, "light": 0.006},
        dark=Accent(Oklch(0.865, 0.065, 85), Oklch(0.23, 0.055, 262), Oklch(0.875, 0.065, 86)),
        light=Accent(Oklch(0.285, 0.075, 262), Oklch(0.92, 0.05, 86), Oklch(0.49, 0.08, 80)),
        lift=0.02,
        ink_chroma=0.05,
    ),
}

_STATUS: Mapping[Mode, Mapping[str, Oklch]] = {
    "dark": {
        "ok": Oklch(0.80, 0.16, 155),
        "warn": Oklch(0.84, 0.15, 85),
        "bad": Oklch(0.735, 0.155, 22),
        "info": Oklch(0.77, 0.11, 235),
    },
    "light": {
        "ok": Oklch(0.475, 0.125, 152),
        "warn": Oklch(0.49, 0.11, 66),
        "bad": Oklch(0.505, 0.20, 25),
        "info": Oklch(0.486, 0.125, 245),
    },
}


def _tint(colour: str, opacity: float) -> str:
    return f"color-mix(in oklab,var(--{colour}) {opacity:.0%},transparent)"


# Made from the colours above in the browser, so they must stand in every scope that sets those.
_DERIVED: Mapping[Mode, Mapping[str, str]] = {
    "light": {
        "line": _tint("fg", 0.09),
        "line2": _tint("fg", 0.17),
        "ctl": _tint("fg", CONTROL["light"]),
        "hover": _tint("fg", HOVER["light"]),
        "soft": _tint("accent", SOFT["light"]),
        "sh1": "0 1px 2px rgb(10 10 20/.05)",
        "sh2": "0 0 0 1px var(--line),0 4px 10px -2px rgb(10 10 20/.08),"
        "0 14px 32px -8px rgb(10 10 20/.14)",
        "sh3": "0 0 0 1px var(--line),0 24px 72px -12px rgb(10 10 20/.34)",
    },
    # In the dark lighter surfaces carry the elevation; a shadow would not be seen.
    "dark": {
        "line": _tint("fg", 0.09),
        "line2": _tint("fg", 0.16),
        "ctl": _tint("fg", CONTROL["dark"]),
        "hover": _tint("fg", HOVER["dark"]),
        "soft": _tint("accent", SOFT["dark"]),
        "sh1": "inset 0 1px 0 rgb(255 255 255/.045)",
        "sh2": "0 0 0 1px var(--line2),inset 0 1px 0 rgb(255 255 255/.045),"
        "0 16px 40px -8px rgb(0 0 0/.7)",
        "sh3": "0 0 0 1px var(--line2),inset 0 1px 0 rgb(255 255 255/.045),"
        "0 32px 90px -10px rgb(0 0 0/.85)",
    },
}


def palette(brand: str, mode: Mode) -> dict[str, str]:
    """Every colour of a brand in one mode, as hex by token name."""
    theme = BRANDS[brand]
    colours = _dark_neutrals(theme) if mode == "dark" else _light_neutrals(theme)
    accent = theme.dark if mode == "dark" else theme.light
    colours |= {"accent": accent.fill, "on": accent.on, "ink": accent.ink}
    return {name: to_hex(colour) for name, colour in {**colours, **_STATUS[mode]}.items()}


def _dark_neutrals(theme: Brand) -> dict[str, Oklch]:
    tint, hue, lift = theme.tint["dark"], theme.hue, theme.lift
    return {
        "bg": Oklch(0.155 + lift, tint, hue),
        "surface": Oklch(0.192 + lift, tint, hue),
        "raised": Oklch(0.232 + lift, tint * 1.05, hue),
        "sunken": Oklch(0.128 + lift, tint * 0.9, hue),
        "fg": Oklch(0.965, min(tint, 0.012) * 0.6, hue),
        "fg2": Oklch(0.775, min(tint, 0.02), hue),
        "fg3": Oklch(0.665 + lift, min(tint, 0.025), hue),
    }


def _light_neutrals(theme: Brand) -> dict[str, Oklch]:
    tint, hue = theme.tint["light"], theme.hue
    return {
        "bg": Oklch(0.983, tint * 0.7, hue),
        "surface": Oklch(1, 0, 0),
        "raised": Oklch(1, 0, 0),
        "sunken": Oklch(0.958, tint, hue),
        "fg": Oklch(0.205, theme.ink_chroma, hue),
        "fg2": Oklch(0.43, 0.018, hue),
        "fg3": Oklch(0.51, 0.016, hue),
    }


def contrast_pairs(brand: str, mode: Mode) -> Iterator[tuple[str, float]]:
    """Yield every pair of text and ground that the product uses, with its contrast ratio."""
    c = palette(brand, mode)
    yield "on on accent", contrast(c["on"], c["accent"])
    for surface in SURFACES:
        ground = c[surface]
        soft = mix(c["accent"], ground, SOFT[mode])
        hover = mix(c["fg"], ground, HOVER[mode])
        for text in ("fg", "fg2", "fg3", "ink", *STATUSES):
            yield f"{text} on {surface}", contrast(c[text], ground)
            yield f"{text} on hovered {surface}", contrast(c[text], hover)
        for text in ("fg", "fg2", "ink"):
            yield f"{text} on soft {surface}", contrast(c[text], soft)
        for status in STATUSES:
            tint = mix(c[status], ground, STATUS_TINT)
            yield f"{status} on its tint on {surface}", contrast(c[status], tint)
            yield f"fg on tint of {status} on {surface}", contrast(c["fg"], tint)
            notice = mix(c[status], ground, NOTICE_TINT)
            for text in ("fg", "fg2", status):
                yield f"{text} on notice of {status} on {surface}", contrast(c[text], notice)


def edge_pairs(brand: str, mode: Mode) -> Iterator[tuple[str, float]]:
    """Yield what must be told apart without being text: rings, ticks, what is chosen."""
    c = palette(brand, mode)
    yield "tick on accent", contrast(c["on"], c["accent"])
    for surface in SURFACES:
        edge = mix(c["fg"], c[surface], CONTROL[mode])
        yield f"edge of a control on {surface}", contrast(edge, c[surface])
        yield f"focus ring on {surface}", contrast(c["ink"], c[surface])


def stylesheet() -> str:
    """Compose the whole of `tokens.css`.

    Any part of a page can be dark (`class="dark"`) and any part can be another brand. A page
    follows the system's mode without a script when its `<html>` says `data-scheme="auto"`.
    """
    rules = [
        "/* Written by djplatform/ui/tokens.py; change it there. */",
        _rule(":root,[data-brand]", "light", _DERIVED["light"]),
        _rule(":root.dark,:root .dark,.dark [data-brand]", "dark", _DERIVED["dark"]),
        *(_rule(_selector(b, m), m, palette(b, m)) for b in BRANDS for m in MODES),
    ]
    automatic = [
        _rule(_AUTO, "dark", _DERIVED["dark"]),
        *(_rule(_automatic(brand), "dark", palette(brand, "dark")) for brand in BRANDS),
    ]
    lines = [*rules, "@media (prefers-color-scheme:dark){", *automatic, "}"]
    return "\n".join([*lines, f"@media (prefers-contrast:more){{{_PLAIN_EDGES}}}", ""])


# Who asks for more contrast gets edges of 3:1 around fields and cards, not only around ticks.
_PLAIN_EDGES = (
    ":root,:root.dark,:root .dark,:root [data-brand],:root[data-scheme=auto]"
    "{--line:var(--ctl);--line2:var(--ctl)}"
)
_AUTO = ":root[data-scheme=auto],:root[data-scheme=auto] [data-brand]"


def _selector(brand: str, mode: Mode) -> str:
    me = f"[data-brand={brand}]"
    if mode == "light":
        return f":root,{me}" if brand == "neutral" else me
    dark = f".dark{me},.dark {me},{me} .dark"
    return f":root.dark,:root .dark,{dark}" if brand == "neutral" else dark


def _automatic(brand: str) -> str:
    me = f"[data-brand={brand}]"
    mine = f"[data-scheme=auto]{me},[data-scheme=auto] {me}"
    return f":root[data-scheme=auto],{mine}" if brand == "neutral" else mine


def _rule(selector: str, mode: Mode, values: Mapping[str, str]) -> str:
    scheme = f"color-scheme:{mode};" if values is _DERIVED[mode] else ""
    # A subtree that turns dark must also turn its inherited text colour.
    text = "color:var(--fg);" if scheme and mode == "dark" else ""
    body = ";".join(f"--{name}:{value}" for name, value in values.items())
    return f"{selector}{{{scheme}{text}{body}}}"


def write(path: Path = STYLESHEET) -> None:
    """Write the stylesheet to `path`."""
    path.write_text(stylesheet(), encoding="utf-8")


if __name__ == "__main__":
    write()
