"""Every component in a real browser: what axe finds, in each brand, mode and width."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from djplatform.settings import ROOT
from djplatform.ui.css import used_css
from djplatform.ui.frontend import document_css, ensure_built
from djplatform.ui.gallery import PAGES
from djplatform.ui.html import render
from djplatform.ui.tokens import BRANDS
from tests.ui.visits import visit_of_brand

pytestmark = [pytest.mark.browser, pytest.mark.feature("11/components")]

WIDTHS = {"phone": (390, 844), "desk": (1440, 900), "phone at 200 %": (195, 422)}


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """Without the stylesheet that the build writes there would be nothing to look at."""
    ensure_built(print)


def document(name: str, brand: str) -> str:
    body = render(PAGES[name](visit_of_brand(brand)))
    markup = f'<html lang="en" data-brand="{brand}" data-scheme="auto"><body>{body}</body></html>'
    style = f"<style>{used_css(document_css(), markup)}</style>"
    head = f"<head><title>{name}</title>{style}</head>"
    return f"<!doctype html>{markup.replace('<body>', f'{head}<body>', 1)}"


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("name", PAGES)
async def test_axe_finds_nothing_and_nothing_overflows(browser, name, brand, scheme):
    for width, height in WIDTHS.values():
        page = await browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        await page.set_content(document(name, brand))
        found = (await Axe().run(page)).response["violations"]
        assert [(v["id"], [node["html"] for node in v["nodes"]]) for v in found] == []
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        await page.close()


async def test_without_a_script_choices_show_and_dialogs_open(browser):
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.set_content(document("fan", "tipjar"))
    button = page.get_by_role("button", name="Tip")
    assert await button.inner_text() == "Tip\n£10"
    await page.get_by_text("£20", exact=True).first.click()
    assert await button.inner_text() == "Tip\n£20"
    await page.get_by_text("Another amount").click()
    assert await page.get_by_label("Your amount").is_visible()
    await page.set_content(document("console", "tipjar"))
    await page.get_by_role("button", name="Refund", exact=True).click()
    assert await page.get_by_role("heading", name="Refund £10?").is_visible()
    await page.get_by_role("button", name="Keep it").click()
    assert not await page.get_by_role("heading", name="Refund £10?").is_visible()
    await context.close()


async def test_where_the_system_chooses_the_colours_nothing_is_told_by_colour_alone(browser):
    """Contrast themes take grounds and shadows away: edges, boxes and outlines must tell it."""
    page = await browser.new_page(forced_colors="active")
    await page.set_content(document("fan", "tipjar"))
    cards = page.locator("label:has([name=amount])")
    edges = await cards.evaluate_all("all => all.map(e => getComputedStyle(e).borderTopWidth)")
    assert sorted(edges) == ["1px", "1px", "1px", "1px", "4px"]
    main = page.get_by_role("button", name="Tip")
    assert await main.evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"
    field = page.get_by_label("Your name")
    await field.focus()
    outline = "e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineColor]"
    style, colour = await field.evaluate(outline)
    assert style == "solid"
    assert colour != "rgba(0, 0, 0, 0)"
    await page.set_content(document("console", "tipjar"))
    switch = page.get_by_role("switch", name="Open for tips")
    assert (await switch.bounding_box())["width"] > 10
    here = page.get_by_role("link", name="Home").first
    assert await here.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    await page.close()


async def test_a_dialog_takes_the_focus_and_gives_it_back(browser):
    page = await browser.new_page()
    await page.set_content(document("console", "tipjar"))
    opener = page.get_by_role("button", name="Refund", exact=True)
    for way_out in ("Escape", "Enter"):
        await opener.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
        await page.keyboard.press(way_out)
        await expect(page.get_by_role("heading", name="Refund £10?")).not_to_be_visible()
        await expect(opener).to_be_focused()
    await page.close()


async def test_a_browser_without_popovers_has_what_they_hold_in_the_page(browser):
    """Safari 16: the rules that it would follow, tried here without their condition."""
    css = (ROOT / "assets/app.css").read_text()
    rules = re.search(r"@supports not selector\(:popover-open\) \{(.*?)\n\}", css, re.DOTALL)[1]
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.set_content(document("console", "tipjar"))
    await page.add_style_tag(content=rules)
    await expect(page.get_by_role("button", name="Refund £10")).to_be_visible()
    await expect(page.get_by_role("button", name="Refund", exact=True)).not_to_be_visible()
    await page.close()


@pytest.mark.parametrize("name", ["fan", "log-in"])
def test_a_document_weighs_less_than_50_kb_with_all_that_blocks_paint(name):
    assert len(document(name, "tipjar").encode()) <= 50_000
