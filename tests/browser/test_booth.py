"""The booth on a phone: live, awake, and whole again after sleep."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser.crowd import give
from tests.browser.person import Person
from tests.browser.wire import wire_to

JAY, VIEWER = "jay@example.com", "vic@example.com"
_WAKE_LOCK = """
window.asked = [];
navigator.wakeLock.request = async (kind) => {
  window.asked.push(kind);
  const lock = new EventTarget();
  lock.released = false;
  lock.release = async () => { lock.released = true; lock.dispatchEvent(new Event("release")); };
  return lock;
};
"""
_TAKE_SOCKET = """
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.tab = this; }
};
"""
_NO_WAKE_LOCK = "delete Navigator.prototype.wakeLock;"


async def open_booth(dj: Person) -> Page:
    """From the dashboard into tonight's booth."""
    page = dj.page
    await page.get_by_role("link", name="Open the booth").click()
    await expect(page.locator("[data-stream=live]")).to_be_visible()
    return page


def named(page: Page, name: str):
    return page.locator("[data-tip]", has_text=name)


@pytest.mark.feature("93/browser", "146/browser", "B2/tips")
async def test_tips_rise_with_their_total_and_without_a_reload(somebody, product):
    dj = await somebody(email=JAY)
    page = await open_booth(dj)
    for name in ("Ash Verma", "Marcus L.", "Priya", "Someone"):  # the demo's own, all paid by now
        await expect(named(page, name).first).to_be_visible()
    opened, frames = len(dj.watch.visited), len(dj.watch.frames)
    total = page.locator("[data-total]:visible")
    before = float((await total.inner_text()).strip("£").replace(",", ""))
    await give(product, "jay-martell", "4.20", "Rising", "<i>not</i> markup")
    await expect(named(page, "Rising")).to_contain_text("<i>not</i> markup")
    await expect(page.locator("[data-tip]").first).to_contain_text("Rising")
    await expect(total).to_have_text(f"£{before + 4.20:,.2f}")
    assert len(dj.watch.visited) == opened
    states = [frame for frame in dj.watch.frames[frames:] if "Rising" in frame]
    assert states == [], "a tip came through the state's socket"


@pytest.mark.feature("157", "B2/offline")
async def test_after_sleep_every_missed_tip_is_there_once(somebody, product):
    async with wire_to(product.port) as wire:
        dj = await somebody(port=wire.port, email=JAY)
        dj.watch.forgiven += ["net::ERR_", "WebSocket"]
        page = await open_booth(dj)
        await give(product, "jay-martell", "2", "Before sleep")
        await expect(named(page, "Before sleep")).to_be_visible()

        await wire.cut()
        await dj.context.set_offline(True)
        await expect(page.locator("[data-stream=offline]")).to_be_visible()
        names = [f"Missed {number}" for number in range(1, 6)]
        for name in names:
            await give(product, "jay-martell", "2", name)
        await expect(named(page, "Before sleep")).to_be_visible()
        assert await named(page, "Missed").count() == 0

        await wire.join()
        await dj.context.set_offline(False)
        await expect(named(page, "Missed")).to_have_count(len(names))
        shown = await page.locator("[data-tip] bdi").all_inner_texts()
        assert shown[: len(names) + 1] == [*names[::-1], "Before sleep"]
        await give(product, "jay-martell", "2", "After sleep")
        await expect(named(page, "After sleep")).to_have_count(1)
        await expect(named(page, "Missed")).to_have_count(len(names))


@pytest.mark.feature("B2/awake")
async def test_the_screen_is_kept_on_and_asked_for_again_after_a_change_of_tab(somebody):
    dj = await somebody(email=JAY)
    await dj.context.add_init_script(_WAKE_LOCK)
    await dj.go("/tipjar/dashboard")
    page = await open_booth(dj)
    await page.wait_for_function("window.asked.length === 1")
    assert await page.evaluate("window.asked") == ["screen"]


async def test_a_phone_that_cannot_stay_awake_still_has_its_booth(somebody, product):
    dj = await somebody(email=JAY)
    await dj.context.add_init_script(_NO_WAKE_LOCK)
    await dj.go("/tipjar/dashboard")
    page = await open_booth(dj)
    assert not await page.evaluate("'wakeLock' in navigator")
    await give(product, "jay-martell", "2", "Sleepy")
    await expect(named(page, "Sleepy")).to_be_visible()


async def test_a_viewer_sees_the_booth_and_no_button_that_writes(somebody, product):
    viewer = await somebody(email=VIEWER)
    page = await open_booth(viewer)
    await expect(page.get_by_role("button", name="Show the code")).to_be_visible()
    await expect(page.get_by_role("button", name="End")).to_have_count(0)
    await give(product, "jay-martell", "2", "Seen by all")
    await expect(named(page, "Seen by all")).to_be_visible()
    await viewer.go("/tipjar/dashboard")
    await expect(page.get_by_role("link", name="Open the booth")).to_be_visible()
    await expect(page.get_by_role("link", name="Earnings")).to_have_count(0)
    viewer.watch.forgiven.append("status of 403")
    await viewer.go("/earnings")
    await expect(page.get_by_role("heading", name="You may not do that")).to_be_visible()


async def send_past_the_page(person: Person, state: str, handler: str) -> None:
    """An event over the open tab's own socket, as a person with the browser's tools would."""
    heard = " ".join(person.watch.frames)
    full = re.search(rf'"([\w.]+____{state})"', heard)
    assert full, f"the page never heard of {state}"
    await person.page.evaluate(
        """(name) => window.tab.send("42/_event," + JSON.stringify(["event", {name, payload: {},
          router_data: {pathname: location.pathname, asPath: location.pathname, query: {}}}]))""",
        f"{full[1]}.{handler}",
    )


_NIGHTS = """
    select events.status from events join organizations on organizations.id = organization_id
    where slug = %s"""


@pytest.mark.feature("10/socket")
async def test_what_a_viewer_sends_past_the_page_changes_nothing(somebody, books):
    """The event that an owner's button sends ends his night, and does nothing for a viewer."""
    owner = await somebody(brand="m10dj")
    await owner.context.add_init_script(_TAKE_SOCKET)
    await owner.log_in("ben@example.com")
    await owner.page.get_by_role("button", name="Start tonight").click()
    await expect(owner.page.get_by_role("button", name="End")).to_be_visible()
    [before] = books(_NIGHTS, "ben-murray")
    await send_past_the_page(owner, "booth", "end")
    await expect(owner.page.get_by_text("The night is over.")).to_be_visible()
    [after] = books(_NIGHTS, "ben-murray")
    assert before != after

    viewer = await somebody()
    await viewer.context.add_init_script(_TAKE_SOCKET)
    await viewer.log_in(VIEWER)
    page = await open_booth(viewer)
    nights = books(_NIGHTS, "jay-martell")
    viewer.watch.forgiven.append("status of 403")
    await send_past_the_page(viewer, "booth", "end")
    await expect(page).to_have_url(re.compile("/refused"))
    assert books(_NIGHTS, "jay-martell") == nights


@pytest.mark.feature("147/browser")
async def test_a_night_of_another_team_is_not_here(somebody):
    jay = await somebody(email=JAY)
    await open_booth(jay)
    maya = await somebody(email="maya@example.com", brand="djdash")
    await maya.go(urlsplit(jay.page.url).path)
    await expect(maya.page.get_by_role("heading", name="This night is not here")).to_be_visible()
    await expect(maya.page.locator("html")).not_to_contain_text("Lantern")
    assert all("Lantern" not in frame for frame in maya.watch.frames)


async def test_to_log_out_ends_the_booths_socket_and_its_stream(somebody, product):
    dj = await somebody(email=JAY)
    page = await open_booth(dj)
    other = await dj.context.new_page()
    gone = dj.watch.closed
    assert gone == []
    await other.goto(dj.at("/tipjar/dashboard"))
    await other.get_by_role("button", name="More").click()
    await other.get_by_role("button", name="Log out").click()
    await expect(other).to_have_url(dj.at("/"))
    dj.watch.forgiven += ["401", "403", "WebSocket", "EventSource"]
    await expect(page).to_have_url(re.compile("/login"))
    await give(product, "jay-martell", "2", "After log out")
    assert await named(page, "After log out").count() == 0
