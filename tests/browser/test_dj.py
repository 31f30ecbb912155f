"""From a sign-up to the first tip on the booth, as a DJ and a fan live it, each on a phone."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from tests.browser.crowd import fill_in, pay, tip_button
from tests.browser.person import PATIENCE_MS, Person

KIT = ("Kit Novak", "kit@example.com")
ROBIN = ("Robin Vale", "robin@example.com")
PASSWORD = "four words in a row"
Look = Callable[[Person], Awaitable[None]]

_BOOKED = """
    with entries as (
      select distinct entry_id from journal_lines
      join organizations on organizations.id = organization_id where slug = %s)
    select kind, sum(amount_minor) filter (where amount_minor > 0)::int as debit,
      -sum(amount_minor) filter (where amount_minor < 0)::int as credit
    from journal_lines join entries using (entry_id)
    join ledger_accounts on ledger_accounts.id = account_id group by kind"""


async def sign_up(dj: Person, name: str, email: str) -> None:
    """The plain form, the mail in the sandbox's outbox, and its one button."""
    page = dj.page
    await dj.go("/signup")
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    await read_mail(dj, email)
    await page.get_by_role("button", name="Confirm and go on").click()
    await expect(page).to_have_url(dj.at("/tipjar/dashboard"))


async def read_mail(dj: Person, email: str) -> None:
    """Open the newest mail to the DJ, and follow its link."""
    page = dj.page
    await mailed_to(dj, email)
    await page.goto(f"{dj.product.sandbox_url}/mail?to={email}")
    await page.get_by_role("listitem").get_by_role("link").first.click()
    link = page.locator("pre a", has_text="/verify?token=")
    await expect(link).to_have_attribute("href", re.compile(r"^http://tipjar\.localhost:"))
    await link.click()


async def mailed_to(dj: Person, address: str) -> str:
    """The words of the only mail to an address, once it is there."""
    outbox = f"{dj.product.sandbox_url}/mail.json?to={address}"
    async with asyncio.timeout(PATIENCE_MS / 1_000):
        while True:
            answer = await dj.page.request.get(outbox)
            if mails := (await answer.json())["data"]:
                [mail] = mails
                return mail["text"]


async def connect(dj: Person, look: Look | None = None) -> None:
    """Say the country, finish onboarding at the processor, and come back ready.

    `look` is called before the processor's page.
    """
    page = dj.page
    await page.get_by_label("Country").select_option(label="United Kingdom")
    await page.get_by_role("button", name="Save country").click()
    await page.get_by_role("button", name="Connect payments").click()
    await expect(page).to_have_url(re.compile("/onboarding/visit/"))
    if look is not None:
        await look(dj)
    await page.get_by_role("button", name="Complete with test details").click()
    await expect(page).to_have_url(dj.at("/tipjar/dashboard"))
    await expect(page.get_by_role("region", name="First steps")).to_have_count(0)
    await expect(page.get_by_text("Fans scan the code and tip from their phone.")).to_be_visible()


async def start_tonight(dj: Person) -> None:
    """Begin the night from the dashboard, and stand in its booth."""
    page = dj.page
    await page.get_by_label("Venue").fill("The Cellar")
    await page.get_by_role("button", name="Start tonight").click()
    await expect(page).to_have_url(re.compile("/booth/"))
    await expect(page.get_by_text("The Cellar")).to_be_visible()
    await expect(page.get_by_role("heading", name="No tips yet")).to_be_visible()
    await expect(page.locator("[data-stream=live]")).to_be_visible()


async def hold_up_the_code(dj: Person) -> None:
    """The code covers the whole screen, white in the dark, and goes again."""
    page = dj.page
    await page.get_by_role("button", name="Show the code").click()
    sheet = page.get_by_role("dialog", name="Code for the crowd")
    await expect(sheet).to_be_visible()
    box = await sheet.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    await expect(sheet.get_by_role("heading", name=KIT[0])).to_be_visible()
    await expect(sheet).to_have_css("background-color", "rgb(255, 255, 255)")
    code = await sheet.get_by_role("img", name="Code that leads").bounding_box()
    assert code["width"] >= 300
    await sheet.get_by_role("button", name="Done").click()
    await expect(sheet).to_be_hidden()


async def tip(fan: Person) -> None:
    """Seven pounds fifty with a name and words."""
    await fan.go("/t/kit-novak")
    await expect(fan.page.get_by_text("The Cellar")).to_be_visible()
    await fill_in(fan, amount="7.50", name="Ash Verma", message="Best set of the year")
    await expect(fan.page.get_by_text("You pay £7.50, Kit Novak gets £6.94.")).to_be_visible()
    await tip_button(fan)
    await pay(fan)


@pytest.mark.feature(390, "87/browser", "94/browser", "B1/tips", "B2/tips", "B8/tip")
async def test_from_sign_up_to_the_first_tip_on_the_booth(somebody, books):
    dj, fan = await somebody(), await somebody()
    await sign_up(dj, *KIT)
    await fan.go("/t/kit-novak")
    await expect(fan.page.get_by_role("heading", name="Tips are not open yet")).to_be_visible()
    await connect(dj)
    await start_tonight(dj)
    await hold_up_the_code(dj)

    opened = len(dj.watch.visited)
    await tip(fan)
    await expect(dj.page.locator("[data-total]:visible")).to_have_text("£7.50")
    row = dj.page.locator("[data-tip]")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("Ash Verma")
    await expect(row).to_contain_text("Best set of the year")
    assert len(dj.watch.visited) == opened, "the booth was loaded again"
    await expect(fan.page.get_by_role("heading", name="Thank you")).to_be_visible()
    await expect(fan.page.get_by_text("£6.94")).to_be_visible()

    await earnings_equal_the_journal(dj, books)


@pytest.mark.feature(82)
async def test_ten_clicks_and_five_minutes_from_the_sign_up_to_the_first_tip(somebody):
    """Typing is no click; the mail program's two are counted, and every choice from a list."""
    async with asyncio.timeout(300):
        dj, fan = await somebody(), await somebody()
        await sign_up(dj, *ROBIN)
        await connect(dj)
        await fan.go("/t/robin-vale")
        await tip_button(fan)
        await pay(fan)
        await expect(fan.page.get_by_role("heading", name="Thank you")).to_be_visible()
        await expect(dj.page.get_by_text("£10.00").first).to_be_visible()
    clicks = [*dj.watch.pressed, *fan.watch.pressed]
    assert {"Create account", "GB", "Complete with test details"} <= set(clicks), clicks
    assert len(clicks) <= 10, clicks


async def earnings_equal_the_journal(dj: Person, books) -> None:
    """Gross, fee and net on the page are what the ledger has booked, to the cent."""
    await dj.go("/earnings")
    page = dj.page
    shown = page.get_by_role("region", name="GBP")
    await expect(shown).to_contain_text("£7.50")
    booked = {row["kind"]: row for row in books(_BOOKED, "kit-novak")}
    gross, fee, net = (
        booked["stripe"]["debit"],
        booked["fees"]["credit"],
        booked["payable"]["credit"],
    )
    assert (gross, fee, net) == (750, 56, 694)
    for minor in (gross, fee, net):
        await expect(shown).to_contain_text(f"£{minor / 100:.2f}")
    row = page.locator("[data-payment]")
    await expect(row).to_have_count(1)
    for pounds in ("£7.50", "£0.56", "£6.94"):
        await expect(row).to_contain_text(pounds)


@pytest.mark.feature("80")
async def test_whoever_leaves_onboarding_unfinished_is_led_back_to_it(somebody):
    """The link works once; coming back says what is left."""
    dj = await somebody(size="desk", brand="djdash")
    page = dj.page
    await dj.go("/signup/dj")
    await page.get_by_label("Your DJ name").fill("Lee Half")
    await page.get_by_label("E-mail").fill("lee@example.com")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create account").click()
    await expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    text = await mailed_to(dj, "lee@example.com")
    link = re.search(r"http://\S+/verify\?token=[\w-]+", text)[0]
    assert urlsplit(link).netloc == dj.product.host("djdash")
    await page.goto(link)
    await page.get_by_role("button", name="Confirm and go on").click()
    await expect(page).to_have_url(dj.at("/djdash/dashboard"))
    await page.get_by_label("Country").select_option(label="United States")
    await page.get_by_role("button", name="Save country").click()
    await page.get_by_role("button", name="Connect payments").click()
    await page.get_by_role("button", name="Leave unfinished").click()
    await expect(page).to_have_url(dj.at("/djdash/dashboard"))
    await expect(page.get_by_role("region", name="First steps")).to_be_visible()
    [used] = [url for url in dj.watch.visited if re.search(r"/onboarding/(?!visit/)", url)]
    await page.goto(used)
    await expect(page).to_have_url(re.compile("/onboarding/visit/"))
    assert any("/payments/connect/refresh" in url for url in dj.watch.visited)
    await page.get_by_role("button", name="Leave unfinished").click()
    await page.get_by_role("button", name="Go on at Stripe").click()
    await page.get_by_role("button", name="Complete with test details").click()
    await expect(page.get_by_role("region", name="First steps")).to_have_count(0)
