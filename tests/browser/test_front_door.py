"""The front door shows the product at work, without a script."""

import pytest
from playwright.async_api import expect

from tests.browser.test_pages import look_over


@pytest.mark.feature("B8/front door")
async def test_a_chosen_amount_is_followed_everywhere_without_a_script(somebody):
    visitor = await somebody(java_script=False, size="desk")
    page = visitor.page
    await visitor.go("/")
    await expect(page.get_by_text("You pay $5.00, the DJ gets $4.52.")).to_be_visible()
    await page.get_by_text("$20", exact=True).click()
    await expect(page.get_by_text("You pay $20.00, the DJ gets $19.00.")).to_be_visible()
    await expect(page.get_by_text("You pay $5.00, the DJ gets $4.52.")).to_be_hidden()
    booth = page.get_by_role("listitem").filter(has_text="Priya")
    await expect(booth.get_by_text("$20.00")).to_be_visible()
    for name, amount in (("A fan pays", "$20.00"), ("Our fee", "$1.00"), ("You get", "$19.00")):
        line = page.locator("dl > div").filter(has=page.get_by_text(name, exact=True))
        await expect(line.get_by_text(amount)).to_be_visible()


@pytest.mark.parametrize("size", ["phone", "desk"])
async def test_every_question_has_its_answer(somebody, size):
    visitor = await somebody(size=size)
    await visitor.go("/")
    questions = visitor.page.locator("details")
    for question in await questions.all():
        await question.locator("summary").click()
        await expect(question.locator("p")).to_be_visible()
    await look_over(visitor)
    contact = visitor.page.get_by_role("contentinfo").get_by_role("link")
    await expect(contact).to_have_attribute("href", "mailto:help@mail.example.com")


async def test_from_the_front_door_to_the_form(somebody):
    visitor = await somebody()
    await visitor.go("/")
    await visitor.page.get_by_role("link", name="Create an account").click()
    await expect(visitor.page).to_have_url(visitor.at("/signup"))
