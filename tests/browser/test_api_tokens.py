"""A DJ gives a program a token and takes it away again, in a browser and over real HTTP."""

import re

import httpx
import pytest
from playwright.async_api import expect

from djplatform.temporary import Product
from tests.browser.person import Person
from tests.browser.test_pages import look_over, settled

PAGE = "/settings/account"
SECRET = re.compile(r"djp_[\w-]{43}")


async def ask(product: Product, secret: str) -> httpx.Response:
    """What the program is answered."""
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(base_url=product.url, headers=headers) as program:
        return await program.get("/api/v1/accounts/organization")


async def told(dj: Person) -> str:
    """The secret on the page, as the copy button gives it."""
    await dj.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown = dj.page.locator("code")
    await expect(shown).to_have_text(SECRET)
    await dj.page.get_by_role("button", name="Copy", exact=True).click()
    await expect(dj.page.get_by_text("Copied", exact=True)).to_be_visible()
    copied = await dj.page.evaluate("navigator.clipboard.readText()")
    assert copied == await shown.inner_text()
    return copied


@pytest.mark.feature(19, "19/secret-once")
@pytest.mark.parametrize(("size", "mode"), [("phone", "dark"), ("desk", "light")])
async def test_a_token_from_the_form_to_its_end(somebody, product, size, mode):
    dj = await somebody(size=size, mode=mode, email="jay@example.com")
    page = dj.page
    name = f"Lights on a {size}"
    await dj.go(PAGE)
    await settled(page)
    await page.get_by_label("What will use it").fill("x" * 61)
    await page.get_by_label("Expires after").select_option("365")
    await page.get_by_role("button", name="Create token").click()
    await expect(page.get_by_text("Please use at most 60 characters.")).to_be_visible()
    await expect(page.get_by_label("What will use it")).to_have_value("x" * 61)
    await expect(page.get_by_label("Expires after")).to_have_value("365")
    await look_over(dj)

    await page.get_by_label("What will use it").fill(name)
    await page.get_by_role("button", name="Create token").click()
    first = await told(dj)
    await look_over(dj)
    await expect(page.get_by_label("What will use it")).to_have_value("")
    answer = await ask(product, first)
    assert (answer.status_code, answer.json()["slug"]) == (200, "jay-martell")

    await page.reload()
    await settled(page)
    row = page.get_by_role("listitem").filter(has_text=name)
    await expect(row).to_contain_text(f"djp_…{first[-4:]}")
    await expect(row).to_contain_text("last used")
    await expect(page.locator("code")).to_have_count(0)
    assert sum(first in frame for frame in dj.watch.frames) == 1

    await row.get_by_role("button", name="Rotate").click()
    await expect(page.get_by_role("heading", name="A new secret for")).to_be_visible()
    await look_over(dj)
    await page.get_by_role("button", name="Yes, the old one works one more day").click()
    second = await told(dj)
    assert [(await ask(product, one)).status_code for one in (first, second)] == [200, 200]
    await page.get_by_role("button", name="I have it").click()
    await expect(page.locator("code")).to_have_count(0)

    await row.get_by_role("button", name="Revoke").click()
    await expect(page.get_by_role("heading", name="Revoke “")).to_be_visible()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("The token was revoked.")).to_be_visible()
    await expect(row).to_have_count(0)
    for secret in (first, second):
        refused = await ask(product, secret)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    await look_over(dj)
