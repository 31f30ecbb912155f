"""What the screens read: each tenant its own, and to the cent what the journal says."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from djplatform.core.actor import Actor
from djplatform.core.db import databases
from djplatform.core.errors import InvalidInput, NotFound, PermissionDenied
from djplatform.core.ids import parse_id
from djplatform.features.events import service as events
from djplatform.features.screens import service
from tests.features.screens.conftest import NORTHLIGHT, in_unit

DASH = "http://djdash.localhost:8123"


def journal(night, organization, kind: str) -> int:
    """Credits of an organization's ledger account, in minor units."""
    (row,) = night.rows(
        "select coalesce(-sum(l.amount_minor), 0)::bigint s from journal_lines l "
        "join ledger_accounts a on a.organization_id = l.organization_id and a.id = l.account_id "
        "where a.organization_id = %s and a.kind = %s and l.amount_minor < 0",
        organization,
        kind,
    )
    return row["s"]


def minor(text: str) -> int:
    return int(text.strip("£$").replace(".", ""))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that the web's engine sends meanwhile."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        sent.append(statement)

    assert databases.web is not None
    engine = databases.web.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.feature("8/screens", "94/dashboard")
async def test_two_tenants_see_their_own_sums_and_both_equal_the_journal(night, give):
    world = night.world
    await night.stage.connect(world.outsider)
    await night.start()
    for amount in ("5.00", "20.00", "7.77"):
        await give(amount)
    await give("9.99", slug=NORTHLIGHT, host=DASH)
    mine = await in_unit(world.owner, service.dashboard)
    theirs = await in_unit(world.outsider, service.dashboard)
    assert (mine.totals.currency, mine.totals.count, mine.totals.gross) == ("GBP", 3, "£32.77")
    assert (theirs.totals.currency, theirs.totals.count, theirs.totals.gross) == ("USD", 1, "$9.99")
    for view, organization in ((mine, world.a), (theirs, world.b)):
        gross, fee, net = (minor(getattr(view.totals, n)) for n in ("gross", "fee", "net"))
        assert gross == fee + net
        assert net == journal(night, organization, "payable")
    assert {tip.amount for tip in mine.tips} == {"£5.00", "£20.00", "£7.77"}
    assert [tip.amount for tip in theirs.tips] == ["$9.99"]
    assert (mine.landing, theirs.landing) == ("/tipjar/dashboard", "/djdash/dashboard")
    assert mine.page.endswith("/t/jay-martell")
    assert theirs.night is None
    assert [(night.id, night.total) for night in mine.nights] == [(mine.night.id, "£32.77")]
    assert theirs.nights == ()
    assert (mine.published, theirs.published) == (True, True)


async def test_a_dashboard_is_one_unit_and_as_many_statements_for_many_tips(night, give):
    await night.start()
    await give("5.00")
    with statements() as few:
        await in_unit(night.world.owner, service.dashboard)
    for _ in range(3):
        await give("6.00")
    with statements() as many:
        view = await in_unit(night.world.owner, service.dashboard)
    assert len(view.tips) == 4
    assert len(many) == len(few)
    assert len(many) <= 14
    assert sum("set_config('role'" in text for text in many) == 1


async def test_before_anything_is_set_up_the_dashboard_says_what_comes_first(night):
    world = night.world
    night.rows("update organizations set country = null, currency = null where id = %s", world.b)
    view = await in_unit(world.outsider, service.dashboard)
    assert (view.country, view.account_state, view.totals, view.tips) == ("", "none", None, ())
    with pytest.raises(InvalidInput) as wrong:
        await in_unit(world.outsider, service.say_country, "XX")
    assert set(wrong.value.fields) == {"country"}
    await in_unit(world.outsider, service.say_country, "US")
    after = await in_unit(world.outsider, service.dashboard)
    assert (after.country, after.totals.gross) == ("US", "$0.00")
    mine = await in_unit(world.owner, service.dashboard)
    assert (mine.country, mine.account_state) == ("GB", "ready")


async def test_a_country_of_another_currency_is_refused_under_its_field(night, give):
    await give("5.00")
    with pytest.raises(InvalidInput) as fixed:
        await in_unit(night.world.owner, service.say_country, "US")
    assert set(fixed.value.fields) == {"country"}
    assert (await in_unit(night.world.owner, service.dashboard)).country == "GB"


@pytest.mark.feature("93/agrees")
async def test_the_booths_total_is_the_one_that_the_live_rows_carry(night, give):
    running = await night.start()
    await give("5.00", name="Ash", message="Best set of the year")
    await give("20.00")
    view = await in_unit(night.world.owner, service.booth, running.id)
    last = night.rows(
        "select payload from realtime_events where channel = %s order by seq desc limit 1",
        f"booth:{running.id}",
    )[0]["payload"]
    assert (str(view.totals.count), view.totals.gross, view.totals.fee, view.totals.net) == (
        last["count"],
        last["total"],
        last["total_fee"],
        last["total_net"],
    )
    assert view.totals.gross == "£25.00"
    newest, first = view.tips
    assert (first.name, first.message, first.amount) == ("Ash", "Best set of the year", "£5.00")
    assert newest.id == last["id"]
    assert (view.dj, view.night.title, view.night.live) == ("Jay Martell", "Friday", True)


async def test_in_a_local_network_the_code_leads_to_this_machine(night, environment):
    owner = night.world.owner
    page = (await in_unit(owner, service.dashboard)).page
    assert page.startswith("http://tipjar.localhost:")
    environment(DJP_LAN_HOST="192.168.1.20")
    assert (await in_unit(owner, service.dashboard)).page == page.replace(
        "tipjar.localhost", "192.168.1.20"
    )


async def test_a_foreign_booth_is_as_missing_as_an_unknown_one(night):
    theirs = await night.start(night.world.outsider)
    for actor in (night.world.owner, night.world.viewer):
        with pytest.raises(NotFound):
            await in_unit(actor, service.booth, theirs.id)
        with pytest.raises((NotFound, PermissionDenied)):
            await in_unit(actor, events.end_event, theirs.id)
    again = await in_unit(night.world.outsider, service.booth, theirs.id)
    assert again.night.live


async def test_an_unknown_time_zone_does_not_stop_the_night(night):
    opened = await in_unit(night.world.owner, service.open_night, "", "", "Mars/Olympus")
    again = await in_unit(night.world.mate, service.open_night, "Other", "", "Europe/London")
    assert opened == again
    assert opened.title == "Tonight"


@pytest.mark.feature("94/earnings")
async def test_earnings_come_in_pages_and_are_not_for_viewers(night, give, monkeypatch):
    monkeypatch.setattr(service, "PAGE", 2)
    await give("5.00")
    await night.start()
    for amount in ("6.00", "7.00"):
        await give(amount)
    first = await in_unit(night.world.owner, service.earnings_screen)
    assert [payment.total for payment in first.payments] == ["£7.00", "£6.00"]
    rest = await in_unit(night.world.owner, service.earnings_screen, parse_id(first.next_before))
    assert [payment.total for payment in rest.payments] == ["£5.00"]
    assert rest.next_before == ""
    ((title, count, net),) = [(one.title, one.count, one.net) for one in first.nights]
    assert (title, count, net) == ("Friday", 2, "£11.94")
    (totals,) = rest.totals
    assert minor(totals.net) == journal(night, night.world.a, "payable")
    assert (first.account_state, totals.count) == ("ready", 3)
    with pytest.raises(PermissionDenied):
        await in_unit(night.world.viewer, service.earnings_screen)


@pytest.mark.feature("94/platform")
async def test_the_platforms_side_is_its_admins_and_is_audited(night, give):
    world = night.world
    await give("5.00")
    admin = Actor(world.admin, personas=frozenset({service.PLATFORM_ADMIN}))
    (row,) = await service.platform_screen(admin)
    assert (row.brand, row.brand_name, row.currency) == ("tipjar", "TipJar", "GBP")
    assert minor(row.fees) - minor(row.cost) == minor(row.net)
    assert row.waiting == 0
    audited = night.rows("select actor_user_id from audit_log where action = 'platform.access'")
    assert [found["actor_user_id"] for found in audited] == [world.admin]
    with pytest.raises(PermissionDenied):
        await service.platform_screen(world.owner)
    # Who only claims to be one is stopped by the database.
    claims = Actor(world.owner.user_id, personas=frozenset({service.PLATFORM_ADMIN}))
    with pytest.raises(DBAPIError):
        await service.platform_screen(claims)
    assert len(night.rows("select 1 from audit_log where action = 'platform.access'")) == 1
