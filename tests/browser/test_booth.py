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


_LOSE_THE_FIRST_ANSWER = """
const real = window.fetch;
window.fetch = async (...given) => {
  const answer = await real(...given);
  if (!String(given[0]).startsWith("/api/outbox/") || sessionStorage.lost) return answer;
  sessionStorage.lost = "yes";
  throw new TypeError("network");
};
"""
_NIGHTS = """
    select events.status, events.ended_at, (
      select count(*) from audit_log a
      where a.organization_id = events.organization_id and a.action = 'events.end_event') as ends
    from events join organizations on organizations.id = organization_id
    where slug = %s"""
_SEND = """async ({ url, event, account }) => (await fetch(url, {
  method: "POST",
  headers: {
    "Idempotency-Key": crypto.randomUUID(),
    "Outbox-Account": account ?? document.documentElement.dataset.account,
  },
  body: new URLSearchParams({ event_id: event }),
})).status"""


async def send_past_the_page(person: Person, **more: str) -> int:
    """The request that an owner's button sends, as a person with the browser's tools would."""
    event = urlsplit(person.page.url).path.rpartition("/")[2]
    given = {"url": "/api/outbox/events.end_event", "event": event} | more
    return await person.page.evaluate(_SEND, given)


async def start_a_night(owner: Person) -> Page:
    """From the dashboard into the booth of a new night."""
    await owner.page.get_by_role("button", name="Start tonight").click()
    await expect(owner.page.get_by_role("button", name="End")).to_be_visible()
    return owner.page


async def end_it(page: Page) -> None:
    """The button, the question and the answer."""
    await page.get_by_role("button", name="End").locator("visible=true").click()
    await page.get_by_role("button", name="End it").click()


@pytest.mark.feature("B2/outbox")
async def test_a_night_ended_in_a_dead_zone_is_over_once_when_the_network_is_back(
    somebody, product, books
):
    async with wire_to(product.port) as wire:
        owner = await somebody(brand="m10dj", port=wire.port, email="ben@example.com")
        owner.watch.forgiven += ["net::ERR_", "WebSocket"]
        page = await start_a_night(owner)
        waiting = page.get_by_role("status").filter(has_text="saved")

        await wire.cut()
        await owner.context.set_offline(True)
        await end_it(page)
        await expect(waiting).to_have_text("1 saved")
        [before] = books(_NIGHTS, "ben-murray")
        assert (before["status"], before["ends"]) == ("live", 0)

        # The network is back as the phone sees it, but nothing comes through yet.
        await owner.context.set_offline(False)
        await expect(waiting).to_have_text("1 saved")
        await wire.join()
        await expect(page.get_by_text("Ended", exact=True)).to_be_visible(timeout=40_000)
        await expect(waiting).to_have_count(0)
        [after] = books(_NIGHTS, "ben-murray")
        assert (after["status"], after["ends"]) == ("ended", 1)


@pytest.mark.feature("B2/outbox")
async def test_a_lost_answer_ends_the_night_once(somebody, books):
    """The night is over on the server, its answer is lost, and the browser asks again."""
    owner = await somebody(brand="m10dj")
    await owner.context.add_init_script(_LOSE_THE_FIRST_ANSWER)
    await owner.log_in("ben@example.com")
    page = await start_a_night(owner)
    [before] = [n for n in books(_NIGHTS, "ben-murray") if n["status"] == "live"]
    await end_it(page)
    await expect(page.get_by_text("Ended", exact=True)).to_be_visible()
    await page.wait_for_function("!Object.keys(localStorage).some(k => k.startsWith('outbox:'))")
    assert await page.evaluate("sessionStorage.lost") == "yes"
    nights = books(_NIGHTS, "ben-murray")
    assert {night["status"] for night in nights} == {"ended"}
    assert {night["ends"] for night in nights} == {before["ends"] + 1}


@pytest.mark.feature("10/socket", "B2/outbox")
async def test_what_a_viewer_sends_past_the_page_changes_nothing(somebody, books):
    """The request that an owner's button sends ends his night, and does nothing for a viewer."""
    owner = await somebody(brand="m10dj", email="ben@example.com")
    await start_a_night(owner)
    assert await send_past_the_page(owner) == 200
    assert {night["status"] for night in books(_NIGHTS, "ben-murray")} == {"ended"}

    viewer = await somebody(email=VIEWER)
    await open_booth(viewer)
    nights = books(_NIGHTS, "jay-martell")
    viewer.watch.forgiven.append("status of 40[13]")
    assert await send_past_the_page(viewer) == 403
    assert await send_past_the_page(viewer, account="0" * 16) == 403
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
