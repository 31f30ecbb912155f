"""Pages that one meets only by doing something: each state, both modes, a phone and a desk.

Documents are walked through with scripts switched off as well; axe is a script, so there only
the width is looked at.
"""

import re

import httpx
import pytest
from playwright.async_api import expect

from djplatform.temporary import Product
from djplatform.ui.document import page_html
from djplatform.ui.errors import error_document
from tests.browser.crowd import DECLINED, fill_in, pay, tip_button
from tests.browser.person import MODES, SIZES, Person
from tests.browser.test_dj import connect, mailed_to, start_tonight
from tests.browser.test_pages import look_over, settled
from tests.ui.visits import visit_of_brand

DJ = "/t/jay-martell"
CHALLENGED = "4000 0025 0000 3155"


async def look(person: Person) -> None:
    """As `look_over`, and where no script may run at least that nothing is too wide."""
    if person.scripts:
        await look_over(person)
    else:
        html = person.page.locator("html")
        assert await html.evaluate("(e) => e.scrollWidth") <= person.page.viewport_size["width"]


looks = pytest.mark.parametrize(
    ("mode", "size", "scripts"),
    [(mode, size, True) for mode in MODES for size in SIZES] + [("light", "phone", False)],
)


async def to_the_checkout(fan: Person, words: str = "It’s her 30th at midnight") -> str:
    """From the form to the hosted checkout; the path of the receipt that belongs to it."""
    await fan.go(DJ)
    await fill_in(fan, amount="7.50", name="Priya", message=words)
    await tip_button(fan)
    back = fan.page.get_by_role("link", name="Back to TipJar")
    href = await back.get_attribute("href")
    return f"{DJ}/tips/{href.rpartition('=')[2]}"


async def become(fan: Person, path: str, status: str) -> None:
    """The receipt says so."""
    await fan.go(path)
    await expect(fan.page.locator(f"[data-status={status}]")).to_be_visible()


async def run_out(fan: Person, product: Product) -> None:
    """Stripe ends the checkout that the fan looks at, as it does when its time is over."""
    session = re.search(r"/checkout/(cs_\w+)", fan.page.url)[1]
    key = product.secrets()["stripe"]["tipjar"]["secret_key"]
    url = f"{product.sandbox_url}/stripe/v1/checkout/sessions/{session}/expire"
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text


@looks
async def test_the_checkout_and_the_receipt_in_every_state(somebody, product, mode, size, scripts):
    fan = await somebody(mode=mode, size=size, java_script=scripts)
    fan.watch.forgiven.append(r"status of 4(02|10)")
    page = fan.page
    waiting = await to_the_checkout(fan)
    await look(fan)
    await pay(fan, DECLINED)
    await expect(page.get_by_role("alert")).to_be_visible()
    await look(fan)
    await page.get_by_role("button", name=CHALLENGED).click()
    await expect(page.get_by_role("heading", name="Your bank asks")).to_be_visible()
    await look(fan)
    await become(fan, waiting, "created")
    await look(fan)

    await fan.go(DJ)
    await expect(page.get_by_text("You began a tip of £7.50.")).to_be_visible()
    await look(fan)
    lost = await to_the_checkout(fan)
    await run_out(fan, product)
    await page.reload()
    await expect(page.get_by_role("heading", name="This checkout has expired")).to_be_visible()
    await look(fan)
    await become(fan, lost, "expired")
    await look(fan)

    slow = await to_the_checkout(fan, f"Slow money, {mode} {size} {scripts}")
    await page.get_by_text(re.compile("debit|ACH", re.IGNORECASE)).first.click()
    await page.get_by_role("button", name="Pay").click()
    await become(fan, slow, "pending")
    await look(fan)
    await page.goto(f"{product.sandbox_url}/payments")
    await look(fan)
    await page.get_by_role("button", name="Fail").last.click()
    await become(fan, slow, "failed")
    await expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    await look(fan)

    paid = await to_the_checkout(fan)
    await pay(fan)
    await become(fan, paid, "paid")
    await look(fan)


@looks
async def test_what_a_stranger_meets_around_an_account(somebody, product, mode, size, scripts):
    person = await somebody(mode=mode, size=size, java_script=scripts, brand="djdash")
    person.watch.forgiven.append(r"status of 40(3|4)")
    page = person.page
    name = f"New {mode} {size} {'with' if scripts else 'without'}"
    email = f"{name.replace(' ', '-').lower()}@example.com"
    await person.go("/signup")
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill("four words in a row")
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    await look(person)
    text = await mailed_to(person, email)
    await page.goto(f"{product.sandbox_url}/mail?to={email}")
    await look(person)
    await page.get_by_role("listitem").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name="Confirm your e-mail")).to_be_visible()
    await look(person)
    link = re.search(r"http://\S+/verify\?token=[\w-]+", text)[0]
    await page.goto(link)
    await look(person)
    await page.get_by_role("button", name="Confirm and go on").click()
    await expect(page).not_to_have_url(re.compile("/verify"))
    for path in ("/organizations", "/refused"):
        await person.go(path)
        await look(person)
    await page.goto(link)
    await expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    await look(person)
    for path in ("/", "/signup", DJ):
        await person.go(path, "nobody-knows")
        await expect(page.get_by_text("not connected to us").first).to_be_visible()
        await look(person)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
async def test_from_the_first_steps_to_the_ended_night(somebody, product, mode, size):
    name = f"Kit {mode} {size}"
    slug = name.replace(" ", "-").lower()
    dj = await somebody(mode=mode, size=size)
    page = dj.page
    await dj.go("/signup/dj")
    await page.get_by_label("Your DJ name").fill(name)
    await page.get_by_label("E-mail").fill(f"{slug}@example.com")
    await page.get_by_label("Password").fill("four words in a row")
    await page.get_by_role("button", name="Create account").click()
    text = await mailed_to(dj, f"{slug}@example.com")
    await page.goto(re.search(r"http://\S+/verify\?token=[\w-]+", text)[0])
    await page.get_by_role("button", name="Confirm and go on").click()
    await expect(page.get_by_role("region", name="First steps")).to_be_visible()
    await page.evaluate(f"localStorage.theme = '{mode}'")
    await page.reload()
    await settled(page)
    await look_over(dj)
    await dj.go(f"/t/{slug}")
    await expect(page.get_by_role("heading", name="Tips are not open yet")).to_be_visible()
    await look_over(dj)
    await dj.go("/tipjar/dashboard")
    await connect(dj, look_over)
    await start_tonight(dj)
    await page.get_by_role("button", name="End").locator("visible=true").click()
    await page.get_by_role("button", name="End it").click()
    await expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    await settled(page)
    await look_over(dj)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
async def test_the_sandbox_explains_itself(somebody, product, mode, size):
    curious = await somebody(mode=mode, size=size)
    curious.watch.forgiven.append("status of 404")
    for path in ("/", "/mail", "/mail?to=nobody@example.com", "/payments", "/nothing-here"):
        await curious.page.goto(product.sandbox_url + path)
        await look_over(curious)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODES)
async def test_failures_are_pages_too(somebody, mode, size):
    """Drawn, because nobody should have to break the product to look at them."""
    unlucky = await somebody(mode=mode, size=size)
    unlucky.watch.forgiven.append("favicon|404")
    visit = visit_of_brand()
    for status in (403, 404, 429, 500, 502, 503):
        document = error_document(
            status, "What happened, in one sentence that says what to do.", visit, error_id="01a2"
        )
        await unlucky.go("/")
        await unlucky.page.set_content(page_html(document, visit))
        await look_over(unlucky)
