"""Every component in a real browser: what axe finds, in each brand, mode and width."""

import pytest
from axe_playwright_python.async_playwright import Axe

from djplatform.ui.css import used_css
from djplatform.ui.frontend import document_css, ensure_built
from djplatform.ui.gallery import PAGES
from djplatform.ui.html import render
from djplatform.ui.tokens import BRANDS
from tests.ui.visits import visit_of_brand

pytestmark = [pytest.mark.browser, pytest.mark.feature("11/components")]

WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}


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


@pytest.mark.parametrize("name", ["fan", "log-in"])
def test_a_document_weighs_less_than_50_kb_with_all_that_blocks_paint(name):
    assert len(document(name, "tipjar").encode()) <= 50_000
