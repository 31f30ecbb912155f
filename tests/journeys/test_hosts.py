"""One running product, four names: what each host and each person meets first."""

import re

import pytest

from tests.journeys.running import Running

BRANDS = {
    "tipjar": ("TipJar", "jay@example.com", "/tipjar/dashboard"),
    "djdash": ("DJ Dash", "maya@example.com", "/djdash/dashboard"),
    "m10dj": ("M10 DJ Company", "ben@example.com", "/admin/dashboard"),
}


@pytest.mark.feature(1)
async def test_three_hosts_three_names_logos_and_colours(running: Running) -> None:
    browser, met = running.visitor(), set()
    for brand, (name, _, _) in BRANDS.items():
        page = (await browser.get(running.page("/", brand))).text
        title = re.search(r"<title>(.*?)</title>", page)
        colour = re.search(r'<meta name="theme-color" content="([^"]+)"', page)
        logo = (await browser.get(running.page("/favicon.ico", brand))).text
        assert title
        assert colour
        assert f'data-brand="{brand}"' in page
        assert name in title[1]
        met.add((title[1], colour[1], logo))
        styles = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
        assert styles
        assert f'[data-brand="{brand}"]' in styles[1] or f"[data-brand={brand}]" in styles[1]
    for place in range(3):  # titles, colours, logos
        assert len({brand[place] for brand in met}) == 3


@pytest.mark.feature(6)
@pytest.mark.parametrize("brand", BRANDS)
async def test_a_person_of_each_product_lands_on_its_dashboard(
    running: Running, brand: str
) -> None:
    _, email, landing = BRANDS[brand]
    browser = running.visitor()
    answer = await running.log_in(browser, email)
    assert (answer.status_code, answer.headers["location"]) == (303, landing)
    shell = await browser.get(f"{running.product.url}{landing}")
    assert shell.status_code == 200
    assert f'data-brand="{brand}"' in shell.text  # the organization's, on whichever host
