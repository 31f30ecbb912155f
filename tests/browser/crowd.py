"""What fans do: in a browser, and over HTTP where only the tip matters."""

from playwright.async_api import expect

from djplatform.forms import Visitor
from djplatform.temporary import Product
from tests.browser.person import Person

CARD, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"


async def give(
    product: Product,
    slug: str,
    amount: str,
    name: str = "",
    message: str = "",
    brand: str = "tipjar",
) -> None:
    """A fan's tip over plain HTTP, paid with the test card."""
    visitor = Visitor()
    typed = {
        "amount": "custom",
        "custom_amount": amount,
        "guest_name": name,
        "message": message,
    }
    try:
        form = await visitor.get(f"http://{product.host(brand)}/t/{slug}")
        checkout = await visitor.send(form, typed)
        paid = await visitor.send(checkout, {"number": CARD})
    finally:
        await visitor.close()
    assert "/tips/" in str(paid.extensions["asked"])


async def fill_in(fan: Person, *, amount: str, name: str, message: str) -> None:
    """Type a tip into the page's form."""
    page = fan.page
    await page.get_by_text("Another amount", exact=True).click()
    await page.get_by_label("Your amount").fill(amount)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_label("Say something to").fill(message)


async def tip_button(fan: Person) -> None:
    """Press the large button at the thumb."""
    await fan.page.get_by_role("button", name="Tip").last.click()


async def pay(fan: Person, number: str = CARD) -> None:
    """Pay on the hosted checkout."""
    page = fan.page
    await expect(page.get_by_role("button", name="Pay")).to_be_visible()
    await page.get_by_label("Card number").fill(number)
    await page.get_by_role("button", name="Pay").click()
