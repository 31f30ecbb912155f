import re

import pytest

from djplatform.settings import ROOT
from djplatform.ui.html import render
from djplatform.ui.icon_paths import PATHS
from djplatform.ui.icons import icon
from djplatform.ui.tokens import BRANDS

ASSETS = ROOT / "assets"


def test_the_font_is_small_and_brings_its_licence():
    assert (ASSETS / "fonts/geist-1.woff2").stat().st_size <= 25_000
    licence = (ASSETS / "fonts/OFL.txt").read_text()
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert licence.startswith("Copyright (c) 2023 Vercel")


@pytest.mark.parametrize("brand", BRANDS)
def test_every_brand_has_a_sign_and_a_stage(brand):
    assert (ASSETS / f"favicon-{brand}.svg").read_text().startswith("<svg")
    logo = (ASSETS / f"logo-{brand}.png").read_bytes()  # for pages that take no SVG, as Stripe's
    width, height = (int.from_bytes(logo[at : at + 4], "big") for at in (16, 20))
    assert (logo[:4], width, height) == (b"\x89PNG", 256, 256)
    assert len(logo) < 20_000
    for width in (800, 1600):
        picture = ASSETS / f"art/stage-{brand}-{width}.webp"
        assert picture.read_bytes()[8:12] == b"WEBP"
        assert picture.stat().st_size <= 25_000


OUR_SCRIPTS = {"tip-1.js"}


def test_vendored_scripts_bring_their_licence():
    notice = (ASSETS / "js/NOTICE.txt").read_text()
    scripts = {path.name for path in (ASSETS / "js").glob("*.js")} - OUR_SCRIPTS
    assert scripts
    for script in scripts:
        assert script in notice
    assert "Lucide" in (ASSETS / "js/LICENSE-lucide.txt").read_text()


def test_the_stylesheet_leaves_nobody_a_way_around_the_tokens():
    css = (ASSETS / "app.css").read_text()
    for scale in ("color", "font", "text", "radius", "shadow", "ease", "animate"):
        assert f"--{scale}-*: initial;" in css
    assert not re.findall(r"#[0-9a-fA-F]{6}\b", css)
    assert '@source "../../djplatform/**/*.py"' in css


@pytest.mark.parametrize("name", PATHS)
def test_icons_are_paths_that_start_somewhere(name):
    assert re.fullmatch(r"M[\dMmLlHhVvCcSsQqTtAaZz .,\-]+", PATHS[name])


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render(icon("heart"))
    said = render(icon("heart", 24, label="Liked", class_name="text-bad"))
    assert 'role="img" aria-label="Liked"' in said
    assert 'width="24"' in said
    assert "aria-hidden" not in said
    with pytest.raises(KeyError):
        icon("no-such-icon")
