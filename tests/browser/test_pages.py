"""Every page of the spine, in both modes, on a phone and on a desk: axe, width, weight, secrets."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.browser.crowd import give, tip_button
from tests.browser.person import MODES, SIZES, Person

_LIMIT = 50_000
"""Bytes of HTML that a document may have, its styles included."""

_WIDTH = "document.documentElement.scrollWidth"
_TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest("[popover]"))
  .map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 30)}`).slice(0, 20)"""

DOCUMENTS = (
    ("tipjar", "/"),
    ("djdash", "/"),
    ("m10dj", "/"),
    ("neutral", "/"),
    ("tipjar", "/t/jay-martell"),
    ("djdash", "/t/maya-osei"),
    ("tipjar", "/t/jay-martell/qr"),
    ("tipjar", "/login"),
    ("tipjar", "/signup"),
    ("djdash", "/signup/dj"),
    ("tipjar", "/forgot"),
    ("tipjar", "/verify/resend"),
    ("tipjar", "/verify?token=nothing"),
    ("tipjar", "/nowhere"),
)
CONSOLES = (
    ("tipjar", "jay@example.com", "/tipjar/dashboard"),
    ("djdash", "maya@example.com", "/djdash/dashboard"),
    ("m10dj", "ben@example.com", "/admin/dashboard"),
)
PLACES = ("/page", "/earnings", "/settings/profile", "/settings/account", "/settings/team")


async def look_over(person: Person) -> None:
    """Nothing that axe objects to, and nothing wider than the screen."""
    page = person.page
    await still(page)
    found = (await Axe().run(page)).response["violations"]
    said = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert said == [], f"{page.url}: {said}"
    width = page.viewport_size["width"]
    assert await page.evaluate(_WIDTH) <= width, page.url
    if width == SIZES["phone"][0]:
        await at_200_percent(page)


async def at_200_percent(page: Page) -> None:
    """Magnified, a phone's page is as wide as half a phone: WCAG 2.2, 1.4.4 and 1.4.10."""
    size = page.viewport_size
    await page.set_viewport_size({side: length // 2 for side, length in size.items()})
    wide = await page.evaluate(_TOO_WIDE)
    assert await page.evaluate(_WIDTH) <= size["width"] // 2, f"{page.url} at 200 %: {wide}"
    await page.set_viewport_size(size)


async def settled(page: Page) -> None:
    """The console has drawn what it knows, and its entrance is over."""
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.get_by_text("Loading", exact=True)).to_have_count(0)
    await still(page)


async def still(page: Page) -> None:
    """What enters has arrived: half transparent, a text has half its contrast."""
    await page.evaluate(
        """() => Promise.all(document.getAnimations()
          .filter((one) => one.effect.getTiming().iterations === 1)
          .map((one) => one.finished.catch(() => {})))"""
    )


@pytest.mark.feature("B13")
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
async def test_documents(somebody, mode, size):
    visitor = await somebody(mode=mode, size=size)
    visitor.watch.forgiven.append(r"status of 4(04|10|00)")
    for brand, path in DOCUMENTS:
        answer = await visitor.go(path, brand)
        assert len(await answer.body()) <= _LIMIT, path
        await look_over(visitor)
    await visitor.go("/t/jay-martell")
    await visitor.page.get_by_text("Another amount", exact=True).click()
    await visitor.page.get_by_label("Your amount").fill("nonsense")
    visitor.watch.forgiven.append("status of 422")
    await tip_button(visitor)
    await expect(visitor.page.get_by_label("Your amount")).to_have_attribute("aria-invalid", "true")
    await look_over(visitor)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("brand", "email", "landing"), CONSOLES)
async def test_consoles(somebody, brand, email, landing, mode, size):
    dj = await somebody(brand=brand, email=email, mode=mode, size=size)
    await dj.page.evaluate(f"localStorage.theme = '{mode}'")
    for path in (landing, *(PLACES if brand == "tipjar" else ())):
        await dj.go(path)
        await settled(dj.page)
        await expect(dj.page.locator("html")).to_have_class(re.compile(mode))
        await look_over(dj)
    if brand != "m10dj":
        await dj.go(landing)
        await booth(dj, size)


async def booth(dj: Person, size: str) -> None:
    """Tonight's booth, with the code over it, and with the question before its end."""
    page = dj.page
    await page.get_by_role("link", name="Open the booth").click()
    await expect(page.locator("[data-stream=live]")).to_be_visible()
    await settled(page)
    await look_over(dj)
    await page.get_by_role("button", name="Show").locator("visible=true").click()
    await expect(page.get_by_role("dialog", name="Code for the crowd")).to_be_visible()
    await look_over(dj)
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="End").locator("visible=true").click()
    await expect(page.get_by_role("heading", name="End the night?")).to_be_visible()
    await expect(page.get_by_role("button", name="Keep going")).to_be_focused()
    await look_over(dj)
    await page.get_by_role("button", name="Keep going").click()
    await expect(page.get_by_role("button", name="End").locator("visible=true")).to_be_focused()


async def test_no_frame_and_no_stream_carries_a_secret_of_the_session(somebody, product):
    dj = await somebody(email="jay@example.com")
    secrets = await dj.session_secrets()
    assert any(len(secret) > 20 for secret in secrets)
    await dj.hear_streams()
    for path in ("/tipjar/dashboard", *PLACES, "/tipjar/dashboard"):
        await dj.go(path)
        await settled(dj.page)
    await dj.page.get_by_role("link", name="Open the booth").click()
    await expect(dj.page.locator("[data-stream=live]")).to_be_visible()
    await give(product, "jay-martell", "2", "Listened to")
    await expect(dj.page.locator("[data-tip]", has_text="Listened to")).to_be_visible()
    heard = " ".join([*dj.watch.frames, *dj.watch.streamed])
    assert "Jay Martell" in heard
    assert "Listened to" in heard
    assert [secret for secret in secrets if secret in heard] == []
    script = await dj.page.evaluate("document.cookie")
    assert [secret for secret in secrets if secret in script] == []
