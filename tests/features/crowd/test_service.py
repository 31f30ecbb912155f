"""Tips on the real database: settings, lists, totals, and what the policies refuse."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from djplatform.core.db import Scope, unit
from djplatform.core.errors import InvalidInput, NotFound, PermissionDenied
from djplatform.core.ids import new_id
from djplatform.features.crowd import service
from djplatform.features.crowd.dto import UpdateTipSettings
from djplatform.features.crowd.service import selling
from djplatform.features.events import service as events
from djplatform.features.payments import service as payments
from tests.features.crowd.conftest import JAY, Night
from tests.features.crowd.test_documents import text_of

SETTINGS = UpdateTipSettings(least="2", most="200", presets=["3", "8.50", "25"])


async def as_member(actor, use_case, *args, **more):
    async with unit(Scope.of(actor)) as tx:
        return await use_case(tx, actor, *args, **more)


@pytest.mark.feature(169)
async def test_presets_are_a_tenants_settings_with_the_named_defaults(night: Night) -> None:
    owner = night.world.owner
    shown = await as_member(owner, service.tip_settings)
    assert shown.presets == ("5.00", "10.00", "20.00", "50.00", "100.00")
    assert (shown.least, shown.most, shown.chosen) == ("1.00", "1000.00", False)
    words = text_of(await night.fan.get(JAY))
    for label in ("£5", "£10", "£20", "£50", "£100", "Another amount"):
        assert f" {label} " in words

    changed = await as_member(owner, service.update_tip_settings, SETTINGS)
    assert changed == await as_member(night.world.viewer, service.tip_settings)
    assert changed.presets == ("3.00", "8.50", "25.00")
    assert [offer.quote.net.format() for offer in changed.offers] == ["£2.59", "£7.90", "£23.82"]
    words = text_of(await night.fan.get(JAY))
    for said in ("£3 ", "£8.50 ", "£25 ", "From £2.00 to £200.00", "Jay Martell gets £2.59"):
        assert said in words
    assert "£100" not in words
    assert (await night.fan.tip(amount="1.50")).status_code == 422
    assert (await night.fan.tip(amount="custom", custom_amount="4,20")).status_code == 303


async def test_who_may_not_configure_changes_nothing(night: Night) -> None:
    for actor in (night.world.viewer, night.world.mate):
        with pytest.raises(PermissionDenied):
            await as_member(actor, service.update_tip_settings, SETTINGS)
    await as_member(night.world.outsider, service.update_tip_settings, SETTINGS)
    assert not (await as_member(night.world.owner, service.tip_settings)).chosen


async def test_bad_settings_name_their_fields(night: Night) -> None:
    bad = UpdateTipSettings(least="five", most="1", presets=["0"] * 7)
    with pytest.raises(InvalidInput) as refused:
        await as_member(night.world.owner, service.update_tip_settings, bad)
    assert set(refused.value.fields) == {"least", "presets"}
    assert night.rows("select id from tip_settings") == []


async def test_a_quote_is_the_fee_engines_and_needs_a_currency(night: Night) -> None:
    viewer, outsider = night.world.viewer, night.world.outsider
    offer = await as_member(viewer, service.quote_tip, "5")
    assert (offer.label, offer.quote.net.minor, offer.covered.net.minor) == ("£5", 452, 500)
    for typed in ("five", "", "0", "-1"):
        with pytest.raises(InvalidInput) as refused:
            await as_member(viewer, service.quote_tip, typed)
        assert set(refused.value.fields) == {"amount"}
    night.rows("update organizations set currency = null where id = %s", night.world.b)
    for use_case, arguments in (
        (service.quote_tip, ("5",)),
        (service.tip_settings, ()),
        (service.update_tip_settings, (SETTINGS,)),
        (service.tips_by_night, ()),
    ):
        with pytest.raises(service.CurrencyUnknown):
            await as_member(outsider, use_case, *arguments)
    assert night.rows("select id from tip_settings") == []


async def test_settings_of_another_currency_do_not_count(night: Night) -> None:
    await as_member(night.world.owner, service.update_tip_settings, SETTINGS)
    night.rows("update organizations set currency = 'EUR' where id = %s", night.world.a)
    shown = await as_member(night.world.owner, service.tip_settings)
    assert (shown.currency, shown.chosen) == ("EUR", False)


async def test_tips_are_listed_by_night_with_their_total(night: Night) -> None:
    owner = night.world.owner
    await night.pay(await night.fan.tip(amount="5.00"))
    event = await night.start()
    await night.pay(await night.fan.tip(amount="10.00", guest_name="Priya", message="Hi"))
    await night.fan.tip(amount="20.00")  # begun, not paid
    everything = await as_member(night.world.viewer, service.list_tips)
    assert [t.amount_text for t in everything] == ["£10.00", "£5.00"]
    assert [t.name_text for t in everything] == ["Priya", "Someone"]
    tonight = await as_member(owner, service.list_tips, event.id)
    assert [t.message for t in tonight] == ["Hi"]
    older = await as_member(owner, service.list_tips, before=everything[0].paid_at)
    assert [t.id for t in older] == [everything[1].id]
    total = await as_member(owner, service.tips_summary)
    assert (total.count, total.total_text, total.net_text) == (2, "£15.00", "£13.87")
    of_night = await as_member(owner, service.tips_summary, event.id)
    assert (of_night.count, of_night.total_text) == (1, "£10.00")


async def test_each_night_has_its_own_sums(night: Night) -> None:
    owner = night.world.owner
    await night.pay(await night.fan.tip(amount="50.00"))  # between two nights
    quiet = await night.start()
    async with unit(Scope.of(owner)) as tx:
        await events.end_event(tx, owner, quiet.id)
    loud = await night.start()
    for amount in ("5.00", "10.00"):
        await night.pay(await night.fan.tip(amount=amount))
    found = await as_member(night.world.viewer, service.tips_by_night)
    assert [(one.event.id, one.tips.count) for one in found] == [(loud.id, 2), (quiet.id, 0)]
    assert [one.tips.total_text for one in found] == ["£15.00", "£0.00"]
    for one in found:
        assert one.tips == await as_member(owner, service.tips_summary, one.event.id)
    assert len(await as_member(owner, service.tips_by_night, 1)) == 1
    assert await as_member(night.world.outsider, service.tips_by_night) == []


async def test_a_tip_belongs_to_the_night_in_which_it_was_begun(night: Night) -> None:
    event = await night.start(visibility="private")
    answer = await night.fan.tip(amount="5.00")
    async with unit(Scope.of(night.world.owner)) as tx:
        await events.end_event(tx, night.world.owner, event.id)
    await night.pay(answer)
    assert night.rows("select event_id from tips") == [{"event_id": event.id}]


@pytest.mark.feature("9/tips")
async def test_an_outsider_sees_no_tip_and_no_foreign_night(night: Night) -> None:
    event = await night.start()
    await night.pay(await night.fan.tip(amount="5.00"))
    outsider = night.world.outsider
    assert await as_member(outsider, service.list_tips) == []
    assert (await as_member(outsider, service.tips_summary)).count == 0
    for use_case in (service.list_tips, service.tips_summary):
        for event_id in (event.id, new_id()):
            with pytest.raises(NotFound):
                await as_member(outsider, use_case, event_id)


async def test_totals_are_whole_when_many_tips_are_paid_at_once(night: Night) -> None:
    event = await night.start()

    async def give() -> None:
        async with night.another_fan() as fan:
            answer = await fan.tip(amount="5.00")
            await night.stage.press_pay(answer.headers["location"])

    await asyncio.gather(*(give() for _ in range(6)))
    await night.stage.settle()
    totals = night.rows(
        "select payload->>'total' t from realtime_events where channel = %s order by seq",
        f"booth:{event.id}",
    )
    assert [r["t"] for r in totals] == [f"£{n * 5}.00" for n in range(1, 7)]


TIP = (
    "insert into tips (organization_id, id, device_id, amount_minor, currency, created_at,"
    " updated_at{more}) values (:a, gen_random_uuid(), :device, 500, 'GBP', now(), now(){values})"
)


async def execute(scope: Scope, statement: str, **values) -> int:
    async with unit(scope) as tx:
        result = await tx.session.execute(text(statement), values)
        return result.rowcount


@pytest.mark.feature("28/tips")
async def test_a_guest_writes_only_own_tips_in_their_first_state(night: Night) -> None:
    a, device, other = night.world.a, night.world.device, new_id()
    guest = Scope.guest(a, device)
    plain = TIP.format(more="", values="")
    assert await execute(guest, plain, a=a, device=device) == 1
    for values in ({"a": a, "device": other}, {"a": night.world.b, "device": device}):
        with pytest.raises(DBAPIError, match="row-level security"):
            await execute(guest, plain, **values)
    for column, value in (
        ("status", "'paid'"),
        ("event_id", "null"),
        ("payment_id", "gen_random_uuid()"),
        ("paid_minor", "1"),
        ("net_minor", "1"),
        ("paid_at", "now()"),
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            more = TIP.format(more=f", {column}", values=f", {value}")
            await execute(guest, more, a=a, device=device)
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(guest, f"update tips set {column} = {value}")
    for column in ("device_id", "event_id", "net_minor"):
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(guest, f"select {column} from tips")
    with pytest.raises(DBAPIError, match="permission denied"):
        await execute(guest, "delete from tips")
    assert await execute(guest, "update tips set message = 'mine'") == 1
    assert await execute(Scope.guest(a, other), "update tips set message = 'theirs'") == 0
    night.rows("update tips set status = 'pending'")
    assert await execute(guest, "update tips set message = 'too late'") == 0
    assert night.rows("select message from tips") == [{"message": "mine"}]


@pytest.mark.feature("28/tips")
async def test_members_only_read_tips_and_the_public_not_even_that(night: Night) -> None:
    await night.pay(await night.fan.tip(amount="5.00", message="private"))
    owner = Scope.of(night.world.owner)
    for statement in (
        "update tips set amount_minor = 1",
        "delete from tips",
        "select device_id from tips",
        TIP.format(more="", values=""),
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(owner, statement, a=night.world.a, device=new_id())
    for table in ("tips", "tip_settings"):
        with pytest.raises(DBAPIError, match="permission denied"):
            await execute(Scope.public(), f"select organization_id from {table}")
    assert night.rows("select message, amount_minor from tips") == [
        {"message": "private", "amount_minor": 500}
    ]


async def test_a_tip_cannot_point_to_another_tenants_night(night: Night) -> None:
    theirs = await night.start(night.world.outsider)
    await night.fan.tip(amount="5.00")
    with pytest.raises(IntegrityError, match="fk_tips"):
        async with unit(Scope.system(night.world.a)) as tx:
            await tx.session.execute(text("update tips set event_id = :e"), {"e": theirs.id})


async def test_a_sale_is_described_to_the_own_device_while_the_dj_is_published(
    night: Night,
) -> None:
    await night.fan.tip(amount="5.00")
    [tip] = night.rows("select organization_id, id, device_id from tips")
    own, other = (
        Scope.guest(tip["organization_id"], device) for device in (tip["device_id"], new_id())
    )
    async with unit(own) as tx:
        assert (await selling.TIP.describe(tx, tip["id"])).title == "Tip for Jay Martell"
    async with unit(other) as tx:
        with pytest.raises(NotFound):
            await selling.TIP.describe(tx, tip["id"])
    night.rows("update dj_profiles set published = false")
    async with unit(own) as tx:
        with pytest.raises(NotFound):
            await selling.TIP.describe(tx, tip["id"])


async def test_a_payment_whose_tip_is_missing_moves_nothing(night: Night) -> None:
    await night.fan.tip(amount="5.00")
    told = "select channel, kind from realtime_events"
    before = night.rows("select * from tips"), night.rows(told)
    [row] = night.rows("select organization_id, id from payments")
    async with unit(Scope.system(row["organization_id"])) as tx:
        known = await payments.payment_status(tx, row["id"])
        with pytest.raises(NotFound):
            await selling.TIP.on_paid(tx, replace(known, subject_id=new_id()))
    assert (night.rows("select * from tips"), night.rows(told)) == before
