"""What was earned, on both sides, equals the journal to the cent."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from djplatform.core.db import Scope, unit
from djplatform.core.errors import PermissionDenied
from djplatform.features.ledger.service import PLATFORM
from djplatform.features.ledger.service import totals as ledger_totals
from djplatform.features.payments import service
from djplatform.features.payments.dto import EarningsQuery


async def payee(stage, **query):
    async with unit(Scope.of(stage.world.owner)) as tx:
        return await service.earnings(tx, stage.world.owner, EarningsQuery(**query))


async def platform(stage):
    async with unit(Scope.platform(stage.world.admin, "monthly close")) as tx:
        return await service.platform_earnings(tx)


def journal(stage, kind: str, sign: int) -> int:
    row = stage.db.rows(
        "select coalesce(sum(abs(l.amount_minor)), 0)::bigint s from journal_lines l "
        "join ledger_accounts a on a.organization_id = l.organization_id and a.id = l.account_id "
        "where a.kind = %s and sign(l.amount_minor) = %s",
        kind,
        sign,
    )
    return row[0]["s"]


@pytest.mark.feature(94, "95/tip")
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(100, 100_000), st.booleans()), min_size=1, max_size=3))
async def test_both_sides_equal_the_journal_to_the_cent(stage, tips):
    await stage.connect()
    for minor, covers_fee in tips:
        await stage.tip(minor, covers_fee=covers_fee)
    await stage.settle()
    (mine,) = (await payee(stage)).totals
    assert mine.gross.minor == mine.fee.minor + mine.net.minor
    assert mine.net.minor == journal(stage, "payable", -1) == journal(stage, "payable", 1)
    assert mine.fee.minor == journal(stage, "fees", -1)
    (theirs,) = await platform(stage)
    assert theirs.fees == mine.fee
    assert theirs.processor_cost.minor == journal(stage, "processor_cost", 1)
    assert theirs.net == theirs.fees - theirs.processor_cost
    assert theirs.awaiting_cost == 0
    async with unit(Scope.system(PLATFORM)) as tx:
        balance = {t.kind: t.balance for t in await ledger_totals(tx, PLATFORM)}
    assert balance["stripe"] == theirs.net


async def test_figures_are_ready_to_show(stage):
    assert (await payee(stage)).totals == ()
    await stage.connect()
    await stage.tip(500)
    await stage.tip(2000)
    await stage.settle()
    view = await payee(stage)
    (sums,) = view.totals
    assert (sums.count, sums.gross_text, sums.fee_text, sums.net_text) == (
        2,
        "£25.00",
        "£1.48",
        "£23.52",
    )
    lefts = [payment.left for payment in view.payments]
    assert [(left.gross_text, left.fee_text, left.net_text) for left in lefts] == [
        ("£20.00", "£1.00", "£19.00"),
        ("£5.00", "£0.48", "£4.52"),
    ]
    (theirs,) = await platform(stage)
    assert (theirs.brand, theirs.fees_text) == ("tipjar", "£1.48")
    assert (theirs.processor_cost_text, theirs.net_text) == ("£1.33", "£0.15")


async def test_until_stripe_tells_its_cost_the_platform_says_how_many_wait(stage):
    await stage.connect()
    await stage.tip()
    await stage.deliver()
    for event in stage.events():
        if event["type"] != "charge.updated":
            await service.handle_event(event["id"])
    (before,) = await platform(stage)
    assert (before.processor_cost.minor, before.awaiting_cost) == (0, 1)
    await stage.drain_jobs()
    (after,) = await platform(stage)
    assert (after.processor_cost.minor, after.net.minor, after.awaiting_cost) == (45, 3, 0)


async def test_payments_come_in_pages(stage):
    await stage.connect()
    for minor in (100, 200, 300):
        await stage.tip(minor)
    await stage.settle()
    first = await payee(stage, limit=2)
    assert [p.total.minor for p in first.payments] == [300, 200]
    second = await payee(stage, limit=2, before=first.next_before)
    assert ([p.total.minor for p in second.payments], second.next_before) == ([100], None)


async def test_unpaid_payments_are_no_earnings(stage):
    await stage.connect()
    await stage.open(await stage.start())
    view = await payee(stage)
    assert (view.totals, view.payments) == ((), ())


async def test_who_may_see_earnings(stage):
    await stage.connect()
    await stage.tip()
    await stage.settle()
    with pytest.raises(PermissionDenied):
        async with unit(Scope.of(stage.world.viewer)) as tx:
            await service.earnings(tx, stage.world.viewer, EarningsQuery())
    async with unit(Scope.of(stage.world.outsider)) as tx:
        theirs = await service.earnings(tx, stage.world.outsider, EarningsQuery())
    assert (theirs.totals, theirs.payments) == ((), ())
    for scope in (Scope.of(stage.world.owner), Scope.system(stage.world.a), stage.guest):
        with pytest.raises(PermissionDenied):
            async with unit(scope) as tx:
                await service.platform_earnings(tx)
