"""The front doors of the brands."""

import re
from dataclasses import replace
from uuid import UUID

import pytest

from djplatform.core.actor import Actor, Role
from djplatform.features.screens.ui import landing
from djplatform.ui.document import page_html
from djplatform.ui.pages import Document
from tests.ui.visits import visit_of_brand

BRANDS = ("neutral", "tipjar", "djdash", "m10dj")


async def front_door(brand: str, **changes: object) -> tuple[Document, str]:
    visit = replace(visit_of_brand(brand), **changes)
    document = landing.render(await landing.load(visit), visit)
    return document, page_html(document, visit)


@pytest.mark.parametrize("brand", BRANDS)
async def test_each_brand_has_its_words_and_a_way_in(brand):
    document, page = await front_door(brand)
    assert f'data-brand="{brand}"' in page
    assert len(re.findall("<h1", page)) == 1
    assert 'href="/signup"' in page
    assert 'href="/login"' in page
    assert document.description
    assert document.cache_seconds > 0


async def test_the_words_of_the_brands_differ():
    titles = {landing.words(brand).title for brand in BRANDS}
    assert len(titles) == len(BRANDS)
    assert landing.words("some-tenant") == landing.words("neutral")


async def test_who_is_logged_in_goes_on_to_the_dashboard():
    _, page = await front_door("tipjar", actor=Actor(UUID(int=1), UUID(int=2), Role.OWNER))
    assert 'href="/dashboard"' in page
    assert 'href="/login"' not in page


async def test_search_engines_keep_only_hosts_that_are_ours():
    ours, _ = await front_door("neutral")
    strange, _ = await front_door("neutral", known_host=False)
    assert (ours.robots, strange.robots) == (None, "noindex")


@pytest.mark.feature("11/document")
async def test_the_same_page_under_two_brands_differs_only_in_the_brand():
    """The same components: without the brand's name and its colours the bytes are the same."""
    pages = {}
    for brand in ("tipjar", "djdash"):
        visit = visit_of_brand(brand)
        page = page_html(landing.render(landing.words("neutral"), visit), visit)
        page = re.sub(
            r'<meta name="theme-color"[^>]*>|<style>.*?</style>', "", page, flags=re.DOTALL
        )
        pages[brand] = page.replace(visit.brand.name, "BRAND").replace(brand, "KEY")
    assert pages["tipjar"] == pages["djdash"]
