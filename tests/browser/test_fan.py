"""A fan tips from a phone: with JavaScript, without it, and with a card that is refused."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.crowd import DECLINED, fill_in, pay, tip_button
from tests.browser.person import Person

DJ = "/t/jay-martell"
_LIMIT = 50_000
"""Bytes of HTML that a document may have, its styles included."""


async def assert_kept(fan: Person, *, amount: str, name: str, message: str) -> None:
    page = fan.page
    await expect(page.get_by_label("Your amount")).to_have_value(amount)
    await expect(page.get_by_label("Your name")).to_have_value(name)
    await expect(page.get_by_label("Say something to")).to_have_value(message)


@pytest.mark.feature(168, 390, "B8/tip")
async def test_a_fan_tips_comes_back_from_the_checkout_and_pays(somebody, books):
    fan = await somebody()
    page = fan.page
    await fan.go(DJ)
    await expect(page.get_by_role("heading", level=1)).to_have_text("Jay Martell")
    await expect(page.get_by_text("You pay £10.00, Jay Martell gets £9.35.")).to_be_visible()
    await page.get_by_text("£5", exact=True).click()
    await expect(page.get_by_text("You pay £5.00, Jay Martell gets £4.52.")).to_be_visible()

    typed = {"amount": "7.50", "name": "Zoë عمر", "message": "<b>One</b> more 🎉\nplease"}
    await fill_in(fan, **typed)
    await expect(page.get_by_text("You pay £7.50, Jay Martell gets £6.94.")).to_be_visible()
    await tip_button(fan)
    await expect(page.get_by_text("£7.50", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Back to TipJar").click()
    await assert_kept(fan, **typed)
    await tip_button(fan)
    await expect(page.get_by_role("button", name="Pay £7.50")).to_be_visible()
    await page.go_back()
    await assert_kept(fan, **typed)

    await tip_button(fan)
    await pay(fan)
    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    await expect(page.get_by_text("Is something wrong?")).to_be_visible()
    [paid] = books(
        "select total_minor, fee_minor from payments where id = %s",
        page.url.rpartition("/")[2],
    )
    assert paid == {"total_minor": 750, "fee_minor": 56}


_BOOKED = """
    select kind, amount_minor::int from journal_lines
    join journal_entries on journal_entries.id = entry_id
    join ledger_accounts on ledger_accounts.id = account_id
    where source_id = %s"""


@pytest.mark.feature("B8/tip")
async def test_a_fan_covers_the_fee_and_the_ledger_says_the_same(somebody, books):
    fan = await somebody()
    page = fan.page
    await fan.go(DJ)
    await fill_in(fan, amount="7.50", name="Covers", message="")
    await page.get_by_label("Cover the fee").check()
    await expect(page.get_by_text("You pay £8.08, Jay Martell gets £7.50.")).to_be_visible()
    await tip_button(fan)
    await expect(page.get_by_role("button", name="Pay £8.08")).to_be_visible()
    await pay(fan)
    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    booked = books(_BOOKED, page.url.rpartition("/")[2])
    assert {(row["kind"], row["amount_minor"]) for row in booked} >= {
        ("stripe", 808),
        ("payable", -750),
        ("fees", -58),
    }


@pytest.mark.feature("B13")
async def test_without_javascript_the_same_tip_arrives(somebody, books):
    fan = await somebody(java_script=False)
    page = fan.page
    answer = await fan.go(DJ)
    assert len(await answer.body()) <= _LIMIT
    await page.get_by_text("£20", exact=True).click()
    await expect(page.get_by_text("You pay £20.00, Jay Martell gets £19.00.")).to_be_visible()

    typed = {"amount": "12.50", "name": "Ada", "message": "No scripts here"}
    await fill_in(fan, **typed)
    await page.get_by_role("button", name="Show what Jay Martell gets").click()
    await expect(page.get_by_text("You pay £12.50, Jay Martell gets £11.76.")).to_be_visible()
    await tip_button(fan)
    await page.get_by_role("link", name="Back to TipJar").click()
    await assert_kept(fan, **typed)
    await tip_button(fan)
    await pay(fan)
    # The page asks again by itself until nothing can change any more.
    await expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert await page.locator('meta[http-equiv="refresh"]').count() == 0
    assert len((await page.content()).encode()) <= _LIMIT
    [told] = books("select guest_name, message from tips where message = 'No scripts here'")
    assert told["guest_name"] == "Ada"


@pytest.mark.feature("169/page")
@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "more than zero"),
        ("-5", "more than zero"),
        ("0.50", "1.00"),
        ("5000", "1,000.00"),
        ("five", "amount"),
    ],
)
async def test_a_wrong_amount_is_said_beside_its_field_and_all_is_kept(somebody, amount, said):
    fan = await somebody()
    fan.watch.forgiven.append("status of 422")
    await fan.go(DJ)
    await fill_in(fan, amount=amount, name="Ash", message="hi")
    await tip_button(fan)
    field = fan.page.get_by_label("Your amount")
    await expect(field).to_have_attribute("aria-invalid", "true")
    wrong = fan.page.locator(f"#{await field.get_attribute('id')}-error")
    await expect(wrong).to_contain_text(said)
    await assert_kept(fan, amount=amount, name="Ash", message="hi")


@pytest.mark.feature("89/page")
async def test_a_refused_card_is_said_and_another_try_pays(somebody):
    fan = await somebody(java_script=False)
    fan.watch.forgiven.append("status of 402")
    await fan.go(DJ)
    await tip_button(fan)
    await pay(fan, DECLINED)
    await expect(fan.page.get_by_role("alert")).to_contain_text("declined")
    await pay(fan)
    await expect(fan.page.get_by_role("heading", name="Thank you")).to_be_visible()


async def test_a_double_click_on_pay_is_one_tip(somebody, books):
    fan = await somebody()
    await fan.go(DJ)
    await fill_in(fan, amount="3", name="Twice", message="")
    await fan.page.get_by_role("button", name="Tip").last.dblclick()
    await pay(fan)
    await expect(fan.page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert len(books("select 1 from tips where guest_name = 'Twice'")) == 1


@pytest.mark.feature(92)
@pytest.mark.parametrize(
    ("brand", "name", "slug"),
    [("tipjar", "TipJar", "jay-martell"), ("djdash", "DJ Dash", "maya-osei")],
)
async def test_the_checkout_wears_the_brand_and_names_the_dj(somebody, brand, name, slug):
    fan = await somebody(brand=brand)
    await fan.go(f"/t/{slug}")
    await tip_button(fan)
    await expect(fan.page).to_have_url(re.compile("/checkout/"))
    await expect(fan.page.locator(".name")).to_have_text(name)
    sign = fan.page.locator(".brand img")
    await expect(sign).to_have_attribute("src", re.compile(rf"/logo-{brand}\.png$"))
    await expect(sign).to_have_js_property("naturalWidth", 256)
    dj = "Jay Martell" if brand == "tipjar" else "Maya Osei"
    await expect(fan.page.get_by_role("heading", level=1)).to_contain_text(dj)
    ground = await fan.page.locator(".pay").evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert ground == {"tipjar": "rgb(252, 171, 25)", "djdash": "rgb(103, 66, 242)"}[brand]


@pytest.mark.feature("168")
async def test_the_sheet_to_print_leads_to_the_page(somebody):
    fan = await somebody(size="desk", mode="light")
    await fan.go(f"{DJ}/qr")
    await expect(fan.page.get_by_role("img", name="Code that leads")).to_be_visible()
    await expect(fan.page.get_by_role("button", name="Print")).to_be_visible()
    await expect(fan.page.get_by_text(f"{fan.product.host('tipjar')}{DJ}")).to_be_visible()
