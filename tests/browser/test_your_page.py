"""The DJ changes how the fan page looks and what it takes, and who of the team may do what."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.person import Person
from tests.browser.test_pages import look_over, settled

NOVA, JAY, MINA = "nova@example.com", "jay@example.com", "mina@example.com"


def amount(page: Page, place: int) -> Locator:
    return page.get_by_label(f"Amount {place}", exact=True)


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save", exact=True).click()


async def offer(page: Page, *amounts: str) -> None:
    """Type these amounts, and nothing into the fields that are left."""
    for place in range(1, 7):
        await amount(page, place).fill(amounts[place - 1] if place <= len(amounts) else "")


async def open_page(dj: Person) -> Page:
    await dj.page.get_by_role("link", name="Your page").locator("visible=true").click()
    await settled(dj.page)
    return dj.page


@pytest.mark.feature("24/page", "169/console")
async def test_what_a_dj_changes_is_what_fans_see_with_scripts_off(somebody):
    dj = await somebody(brand="neutral", email=NOVA, size="desk")
    page = await open_page(dj)
    shown = page.locator("[data-preview=page]")
    await page.get_by_label("Stage name").fill("Nova & The  Night")
    await page.get_by_label("About you").fill("Techno.\n<b>Until late</b>")
    await page.get_by_text("Violet", exact=True).click()
    await expect(shown).to_contain_text("Nova & The Night")
    await expect(shown).to_contain_text("<b>Until late</b>")
    await expect(shown.locator("img")).to_have_attribute("src", "/art/stage-djdash-800.webp")

    # What is wrong is told beside its field; nothing is kept, and nothing typed is lost.
    await offer(page, "30", "five", "7.50")
    await amount(page, 3).blur()
    await expect(page.get_by_text("A tip of €7.50 leaves you €6.94.")).to_be_visible()
    await save(page)
    await expect(page.get_by_role("alert")).to_contain_text("Please type the amount in digits")
    await expect(amount(page, 2)).to_have_attribute("aria-invalid", "true")
    await expect(amount(page, 2)).to_have_value("five")
    await expect(page.get_by_label("Stage name")).to_have_value("Nova & The  Night")
    await look_over(dj)
    await page.get_by_role("alert").get_by_role("link").click()
    await expect(amount(page, 2)).to_be_focused()

    await amount(page, 2).fill("3,00")
    await save(page)
    await expect(page.get_by_text("Saved. Fans see it from now on.")).to_be_visible()
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_label("Stage name")).to_have_value("Nova & The Night")
    for place, kept in enumerate(("3.00", "7.50", "30.00", "", "", ""), start=1):
        await expect(amount(page, place)).to_have_value(kept)

    fan = await somebody(brand="neutral", java_script=False)
    await fan.go("/t/nova-reyes")
    await expect(fan.page.get_by_role("heading", level=1)).to_have_text("Nova & The Night")
    await expect(fan.page.get_by_text("<b>Until late</b>")).to_be_visible()
    assert await fan.page.locator("header img[src*=stage-djdash]").count() == 1
    labels = await fan.page.locator("fieldset label").all_inner_texts()
    assert [label for label in labels if "€" in label] == ["€3", "€7.50", "€30"]


@pytest.mark.feature("24/page")
async def test_a_page_that_is_not_published_is_found_by_nobody(somebody):
    dj = await somebody(brand="neutral", email=NOVA)
    fan = await somebody(brand="neutral")
    fan.watch.forgiven.append("status of 404")
    page = await open_page(dj)
    for published, status in ((False, 404), (True, 200)):
        await page.get_by_text("Published", exact=True).click()
        await expect(page.get_by_text("Nobody. The address")).to_be_visible(visible=not published)
        await save(page)
        await expect(page.get_by_text("Saved.")).to_be_visible()
        way = page.get_by_role("link", name="See your page")
        await expect(way).to_have_count(int(published))
        answer = await fan.go("/t/nova-reyes")
        assert answer.status == status


@pytest.mark.feature("20/page")
async def test_an_owner_changes_a_role_and_it_counts_at_once(somebody):
    owner, mate = await somebody(email=JAY), await somebody(email=MINA, size="desk")
    await mate.go("/settings/team")
    await settled(mate.page)
    await expect(mate.page.get_by_role("button", name="Change role")).to_have_count(0)

    page = owner.page
    await owner.go("/settings/team")
    await settled(page)
    for role in ("Viewer", "Member"):
        await page.get_by_role("button", name="Change role of Mina Park").click()
        sheet = page.get_by_role("dialog", name="Role of Mina Park")
        await expect(sheet).to_be_visible()
        await look_over(owner)
        await sheet.get_by_role("button", name=role).click()
        await expect(sheet).to_be_hidden()
        row = page.get_by_role("listitem").filter(has_text="Mina Park")
        await expect(row).to_contain_text(role)
        await expect(page.get_by_text("The role was changed.")).to_be_visible()
        # The mate's open page hears of it: its connection ended, and it asked again who it is.
        places = mate.page.get_by_role("navigation", name="Main", exact=True)
        await expect(places.get_by_role("link", name="Your page")).to_have_count(
            int(role == "Member")
        )


@pytest.mark.feature("20/page")
async def test_the_last_owner_stays_and_is_told_why(somebody):
    owner = await somebody(email=JAY)
    page = owner.page
    await owner.go("/settings/team")
    await settled(page)
    await page.get_by_role("button", name="Change role of Jay Martell").click()
    await page.get_by_role("dialog").get_by_role("button", name="Member").click()
    await expect(page.get_by_text("An organization needs an owner.")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="Jay Martell")
    await expect(row).to_contain_text("Owner")
