import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.ui import tokens
from djplatform.ui.color import Oklch, contrast, mix, to_hex

THEMES = [(brand, mode) for brand in tokens.BRANDS for mode in tokens.MODES]


def test_the_committed_stylesheet_is_what_the_generator_writes():
    assert tokens.STYLESHEET.read_text(encoding="utf-8") == tokens.stylesheet()


def test_writing_writes_the_stylesheet(tmp_path):
    tokens.write(tmp_path / "tokens.css")
    assert (tmp_path / "tokens.css").read_text(encoding="utf-8") == tokens.stylesheet()


@pytest.mark.parametrize(("brand", "mode"), THEMES)
def test_every_pair_of_text_and_ground_can_be_read(brand, mode):
    weak = [(pair, ratio) for pair, ratio in tokens.contrast_pairs(brand, mode) if ratio < 4.5]
    assert not weak


@pytest.mark.parametrize(("brand", "mode"), THEMES)
def test_controls_and_focus_can_be_told_from_their_ground(brand, mode):
    """WCAG 2.2, 1.4.11: what is not text needs 3:1."""
    weak = [(pair, ratio) for pair, ratio in tokens.edge_pairs(brand, mode) if ratio < 3]
    assert not weak


def test_who_asks_for_more_contrast_gets_edges_everywhere():
    rule = tokens.stylesheet().split("@media (prefers-contrast:more)")[1]
    assert "--line2:var(--ctl)" in rule
    for scope in (":root", ".dark", "[data-brand]", "[data-scheme=auto]"):
        assert scope in rule


def test_a_weak_pair_would_be_found(monkeypatch):
    accent = tokens.BRANDS["tipjar"].light
    pale = tokens.Accent(accent.fill, Oklch(1, 0, 0), accent.ink)
    theme = tokens.BRANDS["tipjar"]
    broken = {"tipjar": tokens.Brand(theme.name, theme.hue, theme.tint, pale, theme.dark)}
    monkeypatch.setattr(tokens, "BRANDS", broken)
    assert dict(tokens.contrast_pairs("tipjar", "light"))["on on accent"] < 4.5


def test_known_colours():
    assert to_hex(Oklch(1, 0, 0)) == "#ffffff"
    assert to_hex(Oklch(0, 0, 0)) == "#000000"
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mix("#ffffff", "#000000", 0.5) == "#808080"
    assert tokens.palette("tipjar", "dark")["accent"] == "#ffb336"
    assert tokens.palette("m10dj", "light")["accent"] == "#14284f"


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_every_oklch_colour_becomes_one_that_a_screen_shows(lightness, chroma, hue):
    assert re.fullmatch(r"#[0-9a-f]{6}", to_hex(Oklch(lightness, chroma, hue)))


@pytest.mark.parametrize(("brand", "mode"), THEMES)
def test_a_page_can_follow_the_system_without_a_script(brand, mode):
    text = tokens.stylesheet()
    automatic = text[text.index("@media (prefers-color-scheme:dark)") :]
    values = ";".join(f"--{k}:{v}" for k, v in tokens.palette(brand, mode).items())
    assert f"[data-scheme=auto][data-brand={brand}]" in automatic
    assert (values in automatic) == (mode == "dark")


@pytest.mark.feature("11/tokens")
def test_four_brands_are_four_palettes():
    for mode in tokens.MODES:
        accents = {tokens.palette(brand, mode)["accent"] for brand in tokens.BRANDS}
        grounds = {tokens.palette(brand, mode)["bg"] for brand in tokens.BRANDS}
        assert len(accents) == len(grounds) == 4
