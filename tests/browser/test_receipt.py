"""The page that a fan waits on never stays on an old state, whatever becomes of its stream."""

import re

from playwright.async_api import Page, Route, expect

from tests.browser.crowd import pay, tip_button
from tests.browser.person import Person

DJ = "/t/jay-martell"


HTMX_TELLS = "htmx-2"
"""htmx writes each failure to the console."""


async def begin(fan: Person) -> Page:
    """The checkout stays in front; the receipt that belongs to it waits in a tab of its own."""
    await fan.go(DJ)
    await tip_button(fan)
    back = await fan.page.get_by_role("link", name="Back to TipJar").get_attribute("href")
    receipt = await fan.context.new_page()
    await receipt.goto(fan.at(f"{DJ}/tips/{back.rpartition('=')[2]}"))
    await expect(receipt.get_by_role("heading", name="Waiting for your payment")).to_be_visible()
    return receipt


async def pay_in_front(fan: Person) -> None:
    """Until the product has heard of it."""
    await fan.page.bring_to_front()
    await pay(fan)
    await expect(fan.page.get_by_role("heading", name="Thank you")).to_be_visible()


async def test_a_stream_that_is_refused_delays_the_news_and_hides_nothing(somebody):
    """After a 503 the extension opens the stream anew, without what was said meanwhile."""
    fan = await somebody()
    fan.watch.forgiven += ["status of 503", HTMX_TELLS]
    refused: list[str] = []

    async def refuse(route: Route) -> None:
        refused.append(route.request.url)
        await route.fulfill(status=503, headers={"Retry-After": "1"}, body="")

    await fan.context.route("**/api/stream/**", refuse)
    receipt = await begin(fan)
    await pay_in_front(fan)
    await receipt.bring_to_front()
    await expect(receipt.get_by_role("heading", name="Thank you")).to_be_visible()
    assert len(refused) >= 2, "it is opened again"
    assert await receipt.locator("[data-status=paid][hx-get]").count() == 0


async def test_a_page_without_network_says_it_when_it_is_back(somebody):
    fan = await somebody()
    fan.watch.forgiven += ["net::ERR_", HTMX_TELLS]
    own = re.compile("/tips/|/api/stream/")
    receipt = await begin(fan)
    await receipt.route(own, lambda route: route.abort("internetdisconnected"))
    await pay_in_front(fan)
    await receipt.bring_to_front()
    await receipt.wait_for_event("requestfailed")
    await expect(receipt.get_by_role("heading", name="Waiting for your payment")).to_be_visible()
    await receipt.unroute(own)
    await expect(receipt.get_by_role("heading", name="Thank you")).to_be_visible()
