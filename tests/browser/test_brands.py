"""Four brands from one product: each looks like itself and knows nothing of the others."""

import re

import pytest
from playwright.async_api import expect

from djplatform.demo import PASSWORD
from djplatform.ui.tokens import palette
from tests.browser.crowd import give

BRANDS = {
    "tipjar": ("TipJar", "jay@example.com", "/tipjar/dashboard"),
    "djdash": ("DJ Dash", "maya@example.com", "/djdash/dashboard"),
    "m10dj": ("M10 DJ Company", "ben@example.com", "/admin/dashboard"),
    "neutral": ("DJ Platform", "nova@example.com", "/dashboard"),
}


def as_rgb(color: str) -> str:
    """`#0f0b08` as browsers say it."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


@pytest.mark.feature("1", "359", "3/host")
@pytest.mark.parametrize("brand", BRANDS)
async def test_each_brand_has_its_door_its_theme_and_its_landing(somebody, brand):
    name, email, landing = BRANDS[brand]
    visitor = await somebody(brand=brand, size="desk", mode="light")
    page = visitor.page
    await visitor.go("/")
    await expect(page).to_have_title(re.compile(f"^{name} ·"))
    await expect(page.locator("html")).to_have_attribute("data-brand", brand)
    main_button = page.get_by_role("link", name="Create an account")
    await expect(main_button).to_have_css(
        # It stands on the poster, which is dark in both modes.
        "background-color",
        as_rgb(palette(brand, "dark")["accent"]),
    )
    await visitor.log_in(email)
    await expect(page).to_have_url(visitor.at(landing))
    await expect(page.locator("html")).to_have_attribute("data-brand", brand)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(
        {"neutral": "Nova", "m10dj": "Ben", "djdash": "Maya", "tipjar": "Jay"}[brand]
    )


@pytest.mark.feature("27/browser")
@pytest.mark.parametrize("path", ["/tipjar/dashboard", "/earnings", "/booth/anything"])
async def test_a_stranger_is_led_to_the_log_in_and_on_from_there(somebody, path):
    stranger = await somebody(size="desk")
    page = stranger.page
    await stranger.go(path)
    await expect(page).to_have_url(re.compile("/login"))
    assert stranger.watch.frames == []
    await page.get_by_label("E-mail").fill("jay@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page).to_have_url(stranger.at(path))


@pytest.mark.feature("9/browser")
async def test_one_tenant_shows_no_trace_of_another(somebody, product):
    await give(product, "jay-martell", "2", "Jays own fan")
    maya = await somebody(email="maya@example.com", brand="djdash", size="desk")
    page = maya.page
    await maya.hear_streams()
    for path in ("/djdash/dashboard", "/earnings", "/tipjar/dashboard"):
        await maya.go(path)
        await expect(page.get_by_text("$25.00").first).to_be_visible()
    await expect(page).to_have_url(maya.at("/djdash/dashboard"))
    await give(product, "jay-martell", "2", "Jays next fan")
    await give(product, "maya-osei", "3", "Mayas fan", brand="djdash")
    await expect(page.get_by_text("Mayas fan")).to_be_visible()
    heard = " ".join(
        [await page.locator("html").inner_html(), *maya.watch.frames, *maya.watch.streamed]
    )
    assert "Mayas fan" in heard
    for trace in ("Jay Martell", "jay-martell", "fan of Jay", "Jays own", "Jays next", "Lantern"):
        assert trace not in heard


@pytest.mark.feature("3/unknown")
async def test_an_unknown_host_is_neutral_and_takes_nothing(somebody):
    visitor = await somebody(brand="nobody-knows")
    page = visitor.page
    await visitor.go("/")
    await expect(page.locator("html")).to_have_attribute("data-brand", "neutral")
    await visitor.go("/t/jay-martell")
    await expect(
        page.get_by_role("heading", name="Tip Jay Martell on the real page")
    ).to_be_visible()
    assert await page.locator("form").count() == 0
    await page.get_by_role("link", name=re.compile("Open tipjar.localhost")).click()
    await expect(page).to_have_url(visitor.at("/t/jay-martell", "tipjar"))


@pytest.mark.feature("3/host")
async def test_a_page_keeps_its_brand_on_every_registered_host(somebody):
    visitor = await somebody(brand="djdash")
    await visitor.go("/t/jay-martell")
    await expect(visitor.page.locator("html")).to_have_attribute("data-brand", "tipjar")
    canonical = visitor.page.locator("link[rel=canonical]")
    await expect(canonical).to_have_attribute("href", visitor.at("/t/jay-martell", "tipjar"))


async def test_the_platforms_side_is_its_admins_alone(somebody, books):
    ada = await somebody(email="ada@example.com", brand="neutral", size="desk")
    await ada.go("/admin/earnings")
    for name in ("TipJar", "DJ Dash"):
        await expect(ada.page.get_by_role("heading", name=name)).to_be_visible()
    jay = await somebody(email="jay@example.com")
    jay.watch.forgiven.append("status of 403")
    await jay.go("/admin/earnings")
    await expect(jay.page.get_by_role("heading", name="You may not do that")).to_be_visible()
    assert all("processor_cost" not in frame for frame in jay.watch.frames)
