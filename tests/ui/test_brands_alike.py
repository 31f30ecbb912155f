"""One set of components for every brand: only tokens, names and pictures differ."""

import re

import pytest

from djplatform.ui.gallery import PAGES
from djplatform.ui.html import render
from djplatform.ui.tokens import BRANDS
from tests.ui.visits import visit_of_brand


def neutralised(name: str, brand: str) -> str:
    """A page of the gallery without the brand's key, name, sign and pictures."""
    visit = visit_of_brand(brand)
    html = re.sub(r"/art/stage-\w+", "/art/PICTURE", render(PAGES[name](visit)))
    html = html.replace(visit.brand.name, "NAME").replace(brand, "KEY")
    return re.sub(r"<svg.*?</svg>", "<svg/>", html, flags=re.DOTALL)


@pytest.mark.feature(11)
@pytest.mark.parametrize("name", PAGES)
def test_every_component_under_two_brands_differs_only_in_its_tokens(name: str) -> None:
    first, *others = [neutralised(name, brand) for brand in BRANDS]
    assert len(first) > 1_000
    for other in others:
        assert other == first
