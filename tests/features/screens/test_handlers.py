"""The handlers of the screens: what they do, for whom, and that a refusal changes nothing."""

import pytest

from djplatform.core.actor import ANONYMOUS, Actor, Permission, Role
from djplatform.core.db import Scope, unit
from djplatform.core.errors import PermissionDenied, SignInRequired
from djplatform.core.ids import new_id
from djplatform.features.events import service as events
from djplatform.features.screens.ui import dashboard_state, earnings, platform
from djplatform.features.screens.ui.booth_state import Booth
from djplatform.features.screens.ui.dashboard_state import Dashboard
from djplatform.features.screens.ui.earnings import Earnings
from djplatform.features.screens.ui.platform import PlatformEarnings
from djplatform.ui.guard import declared_permission

HOME = "/tipjar/dashboard"


def path_of(redirect) -> str:
    """Where a redirect leads."""
    (path,) = [str(value) for name, value in redirect.args if str(name) == "path"]
    return path.strip('"')


def changes(night) -> list:
    """Everything that a handler here could have changed."""
    return night.rows(
        "select 'event' as what, id::text, status, title from events union all "
        "select 'organization', id::text, country, currency from organizations order by 1, 2"
    )


@pytest.mark.feature("6/console", 359)
@pytest.mark.parametrize(
    ("product", "landing"),
    [
        ("tipjar", "/tipjar/dashboard"),
        ("djdash", "/djdash/dashboard"),
        ("m10dj", "/admin/dashboard"),
        (None, "/dashboard"),
    ],
)
async def test_each_product_has_its_dashboard_and_others_lead_there(night, desk, product, landing):
    night.rows(
        "update organizations set product_context = %s where id = %s", product, night.world.a
    )
    addresses = ("/tipjar/dashboard", "/djdash/dashboard", "/admin/dashboard", "/dashboard")
    for address in addresses:
        tab = desk(Dashboard, night.world.owner, f"{address}?from=mail")
        answer = await tab.call("load")
        if address == landing:
            assert answer is None
            assert tab.state.page.endswith("/t/jay-martell")
        else:
            assert path_of(answer) == landing
            assert (tab.state.loaded, tab.state.page) == (False, "")


async def test_a_dashboard_holds_texts_and_its_own_stream_only(night, desk, give):
    running = await night.start()
    await give("5.00", name="Ash", message="<b>hi</b>")
    tab = desk(Dashboard, night.world.owner, HOME)
    await tab.call("load")
    state = tab.state
    assert (state.night.id, state.totals.gross) == (str(running.id), "£5.00")
    assert [(tip["name"], tip["message"]) for tip in state.tips] == [("Ash", "<b>hi</b>")]
    assert state.stream == f"/api/stream/tips:{night.world.a}"
    # An open account has nothing left to tell.
    assert state.account_stream == ""
    assert state.code.startswith("M")
    assert str(night.world.b) not in str(state.dict())


async def test_choosing_the_country(night, desk):
    night.rows(
        "update organizations set country = null, currency = null where id = %s", night.world.b
    )
    tab = desk(Dashboard, night.world.outsider, "/djdash/dashboard")
    await tab.call("load")
    assert (tab.state.country, tab.state.stream) == ("", "")
    assert tab.state.account_stream == f"/api/stream/account:{night.world.b}"
    await tab.call("choose_country", {"country": "Atlantis"})
    assert set(tab.state.errors) == {"country"}
    assert tab.state.country == ""
    await tab.call("choose_country", {"country": "US"})
    assert (tab.state.country, tab.state.errors, tab.state.totals.gross) == ("US", {}, "$0.00")
    assert tab.state.said


async def test_starting_the_night(night, desk):
    tab = desk(Dashboard, night.world.mate, HOME)
    answer = await tab.call("start", {"title": "x" * 121, "venue": "y" * 130}, "Europe/London")
    assert answer is None
    assert set(tab.state.errors) == {"title", "venue"}
    assert night.rows("select 1 from events") == []
    first = await tab.call("start", {"title": "Friday", "venue": "Vault"}, "Europe/London")
    second = await tab.call("start", {"title": "Again"}, 7)
    (event,) = night.rows("select id, title, time_zone from events")
    assert path_of(first) == path_of(second) == f"/booth/{event['id']}"
    assert (event["title"], event["time_zone"]) == ("Friday", "Europe/London")
    assert tab.state.errors == {}


@pytest.mark.feature("93/booth")
async def test_the_booth_opens_the_night_of_its_address(night, desk, give):
    running = await night.start()
    await give("5.00")
    tab = desk(Booth, night.world.owner, f"/booth/{running.id}")
    await tab.call("load")
    state = tab.state
    assert (state.loaded, state.missing, state.totals.gross) == (True, False, "£5.00")
    assert state.stream == f"/api/stream/booth:{running.id}"
    await tab.call("ended")
    assert (state.night.live, state.said) == (True, "")
    async with unit(Scope.of(night.world.owner)) as tx:
        await events.end_event(tx, night.world.owner, running.id)
    await tab.call("ended")
    assert not state.night.live
    assert state.said.startswith("The night is over.")


NOWHERE = "01a1fe00-0000-7000-8000-000000000000"


@pytest.mark.parametrize("address", ["/booth/nonsense", f"/booth/{NOWHERE}", "/booth/"])
async def test_a_booth_that_is_not_there_says_so(night, desk, address):
    tab = desk(Booth, night.world.owner, address)
    await tab.call("load")
    assert (tab.state.missing, tab.state.loaded, tab.state.stream) == (True, False, "")
    await tab.call("ended")
    assert tab.state.said == ""


async def test_another_tenants_booth_shows_nothing(night, desk):
    theirs = await night.start(night.world.outsider)
    before = changes(night)
    tab = desk(Booth, night.world.owner, f"/booth/{theirs.id}")
    await tab.call("load")
    await tab.call("ended")
    assert (tab.state.missing, tab.state.night.title, tab.state.said) == (True, "", "")
    assert changes(night) == before


@pytest.mark.parametrize(
    ("state", "handler", "arguments"),
    [
        (Dashboard, "choose_country", ({"country": "FR"},)),
        (Dashboard, "start", ({"title": "Mine"}, "UTC")),
        (Earnings, "load", ()),
    ],
)
async def test_a_viewer_is_refused_and_nothing_changes(night, desk, state, handler, arguments):
    before = changes(night)
    permission = declared_permission(f"{state.get_full_name()}.{handler}")
    assert not night.world.viewer.can(Permission(permission))
    for actor, refusal in ((night.world.viewer, PermissionDenied), (ANONYMOUS, SignInRequired)):
        tab = desk(state, actor, HOME)
        with pytest.raises(refusal):
            await tab.call(handler, *arguments)
    assert changes(night) == before


async def test_a_role_that_was_taken_back_counts_at_once(night, desk):
    """The session may be five seconds old; the database knows better."""
    night.rows(
        "update memberships set role = 'viewer' where user_id = %s", night.world.mate.user_id
    )
    tab = desk(Dashboard, night.world.mate, HOME)
    with pytest.raises(Exception, match=r"row-level security|You may not"):
        await tab.call("start", {"title": "Mine"}, "UTC")
    assert night.rows("select 1 from events") == []


@pytest.mark.feature("94/earnings")
async def test_earnings_grow_page_by_page(night, desk, give, monkeypatch):
    monkeypatch.setattr(earnings.service, "PAGE", 1)
    for amount in ("5.00", "6.00"):
        await give(amount)
    tab = desk(Earnings, night.world.owner, "/earnings")
    await tab.call("load")
    assert [payment["total"] for payment in tab.state.payments] == ["£6.00"]
    assert tab.state.totals == [
        {"currency": "GBP", "count": 2, "gross": "£11.00", "fee": "£0.99", "net": "£10.01"}
    ]
    await tab.call("more")
    await tab.call("more")
    assert [payment["total"] for payment in tab.state.payments] == ["£6.00", "£5.00"]
    assert tab.state.next_before == ""


async def test_the_platforms_page_turns_everybody_else_away(night, desk, give):
    await give("5.00")
    for actor in (night.world.owner, night.world.viewer, Actor(new_id(), None, Role.OWNER)):
        tab = desk(PlatformEarnings, actor, "/admin/earnings")
        assert path_of(await tab.call("load")) == "/refused"
        assert (tab.state.loaded, tab.state.earned) == (False, [])
    admin = Actor(night.world.admin, personas=frozenset({"platform_admin"}))
    tab = desk(PlatformEarnings, admin, "/admin/earnings")
    assert await tab.call("load") is None
    assert [row["brand"] for row in tab.state.earned] == ["tipjar"]
    assert platform.PAGE.route == "/admin/earnings"
    assert dashboard_state.NO_NIGHT.id == ""
