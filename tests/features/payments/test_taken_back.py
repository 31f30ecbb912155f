"""Refunds and disputes: however they are told, the journal follows Stripe to the cent."""

import asyncio
from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core.db import Scope, unit
from djplatform.core.errors import VendorUnavailable
from djplatform.core.money import Money
from djplatform.features.payments import service
from djplatform.features.payments.dto import EarningsQuery
from djplatform.vendors.stripe.live import StripeLive
from djplatform.vendors.stripe.port import Dispute

ALL = {"reverse_transfer": True, "refund_application_fee": True}


@pytest.fixture
async def paid(stage):
    """A settled tip of 5.00: our fee 0.48, Stripe's cost 0.45, the payee has 4.52."""
    await stage.connect()
    payment = await stage.tip()
    await stage.settle()
    return payment


async def charge_of(stage, payment) -> str:
    return stage.row(payment)["charge_id"]


async def refund(stage, payment, amount: int = 500, **how: bool) -> str:
    """Somebody refunds in Stripe's dashboard; the refund's id."""
    charge = await charge_of(stage, payment)
    return (await stage.control(f"charges/{charge}/refund", amount=amount, **how))["id"]


async def at_stripe(stage) -> int:
    key = {"Authorization": "Bearer sk_test_tipjar_0123456789"}
    balance = await stage.browser.get("/stripe/v1/balance", headers=key)
    return balance.json()["available"][0]["amount"]


def booked(stage) -> dict[str, int]:
    """The balances of all accounts, in minor units."""
    rows = stage.db.rows(
        "select a.kind, sum(l.amount_minor)::int as balance from journal_lines l"
        " join ledger_accounts a on a.organization_id = l.organization_id"
        " and a.id = l.account_id group by 1"
    )
    return {row["kind"]: row["balance"] for row in rows if row["balance"]}


async def earned(stage) -> tuple[int, int, int]:
    """What the payee's page says: gross, fee, net."""
    async with unit(Scope.of(stage.world.owner)) as tx:
        view = await service.earnings(tx, stage.world.owner, EarningsQuery())
    [sums] = view.totals
    lefts = [payment.left for payment in view.payments]
    nothing = Money(0, "GBP")
    assert sum((left.net for left in lefts), nothing) == sums.net
    return sums.gross.minor, sums.fee.minor, sums.net.minor


async def standing(stage, payment) -> str:
    return (await stage.view(payment)).standing


@pytest.mark.feature("90/booked")
@pytest.mark.parametrize(
    ("how", "after", "left"),
    [
        # The platform pays the fan, the DJ keeps the money and owes it.
        ({}, {"stripe": -497, "payable": 500, "fees": -48}, (0, 48, -48)),
        # The DJ gives the whole back, and our fee with it.
        ({"reverse_transfer": True}, {"stripe": 3, "fees": -48}, (0, 48, -48)),
        (ALL, {"stripe": -45}, (0, 0, 0)),
    ],
)
async def test_a_full_refund_is_booked_as_stripe_moved_it(stage, paid, how, after, left):
    await refund(stage, paid, **how)
    await stage.settle()
    assert booked(stage) == after | {"processor_cost": 45}
    assert await at_stripe(stage) == after["stripe"]
    assert await earned(stage) == left
    assert await standing(stage, paid) == "refunded"
    assert stage.sold.words == ["paid", "taken back"]
    assert [e["problem"] for e in stage.events() if e["problem"]] == []


@pytest.mark.feature("90/booked")
async def test_refunds_in_parts_are_booked_part_by_part(stage, paid):
    for amount, left in ((200, (300, 29, 271)), (300, (0, 0, 0))):
        await refund(stage, paid, amount, **ALL)
        await stage.settle()
        assert await earned(stage) == left
        assert booked(stage)["stripe"] == await at_stripe(stage)
    entries = stage.db.rows("select transition from journal_entries order by posted_at")
    assert [e["transition"] for e in entries[3:]] == [
        f"{move}-{number}"
        for numbers in ((1, 2, 3, 3), (4, 5, 6, 6))
        for move, number in zip(
            ("refunded", "transfer_reversed", "fee_refunded", "fee_transferred"),
            numbers,
            strict=True,
        )
    ]


async def test_a_part_is_said_to_be_a_part(stage, paid):
    await refund(stage, paid, 200)
    await stage.settle()
    assert await standing(stage, paid) == "partly_refunded"
    row = (await stage.view(paid)).row()
    assert (row["status"], row["total"]) == ("partly_refunded", "£3.00")
    told = stage.db.rows("select payload from realtime_events where kind = 'payment.refunded'")
    assert [event["payload"] for event in told] == [row]


@pytest.mark.feature("90/booked")
async def test_a_refund_that_fails_is_taken_out_again(stage, paid):
    before = booked(stage)
    key = await refund(stage, paid)
    await stage.settle()
    await stage.control(f"refunds/{key}/fail")
    await stage.settle()
    assert booked(stage) == before
    assert await earned(stage) == (500, 48, 452)
    assert (await standing(stage, paid), stage.sold.words[1:]) == (
        "paid",
        ["taken back", "given again"],
    )
    await refund(stage, paid)  # the next one succeeds
    await stage.settle()
    assert booked(stage)["stripe"] == await at_stripe(stage) == 3 - 500


@pytest.mark.feature("90/dispute")
@pytest.mark.parametrize("won", [True, False])
async def test_a_dispute_takes_amount_and_price_and_a_win_gives_both_back(stage, paid, won):
    before = booked(stage)
    charge = await charge_of(stage, paid)
    await stage.control(f"charges/{charge}/dispute")
    await stage.settle()
    lost = {"stripe": 3 - 2000, "payable": 500, "fees": -48} | {
        "processor_cost": 45,
        "dispute_cost": 1500,
    }
    assert booked(stage) == lost
    assert await at_stripe(stage) == lost["stripe"]
    assert (await standing(stage, paid), await earned(stage)) == ("disputed", (0, 48, -48))
    async with unit(Scope.platform(stage.world.admin, "check")) as tx:
        [row] = await service.platform_earnings(tx)
    assert (row.processor_cost.minor, row.net.minor) == (1545, 48 - 1545)
    await stage.control(f"charges/{charge}/dispute", won=won)
    await stage.settle()
    assert booked(stage) == (before if won else lost)
    assert await at_stripe(stage) == booked(stage)["stripe"]
    assert await standing(stage, paid) == ("paid" if won else "disputed")
    assert [e["problem"] for e in stage.events() if e["problem"]] == []


@pytest.mark.feature("88/order", "90/booked")
@pytest.mark.parametrize("first", range(4))
async def test_the_events_of_a_refund_may_come_in_any_order_and_often(stage, paid, first):
    await refund(stage, paid, 200, **ALL)
    await stage.deliver()
    events = [e["id"] for e in stage.events() if e["handled_at"] is None]
    assert len(events) == 4
    order = list(permutations(events))[first * 6]
    for event in (*order, *order):
        await service.handle_event(event)
    assert booked(stage)["stripe"] == await at_stripe(stage)
    assert stage.sold.words == ["paid", "taken back"]


async def test_all_events_of_a_refund_at_once_are_booked_once(stage, paid):
    await refund(stage, paid, 200, **ALL)
    await stage.deliver()
    locks = stage.db.rows("select distinct lock from procrastinate.procrastinate_jobs")
    assert locks == [{"lock": f"charge-{await charge_of(stage, paid)}"}]
    await stage.drain_jobs()
    assert booked(stage)["stripe"] == await at_stripe(stage)
    assert stage.sold.words == ["paid", "taken back"]


async def test_a_refund_that_is_told_before_the_payment_is_settled(stage):
    """Everything of the evening arrives late, the refund first."""
    await stage.connect()
    payment = await stage.tip()
    await stage.deliver()
    intent = next(e for e in stage.events("charge.updated"))["body"]["object"]["id"]
    await stage.control(f"charges/{intent}/refund", **ALL)
    await stage.deliver()
    waiting = [e for e in stage.events() if e["handled_at"] is None]
    for event in reversed(waiting):
        await service.handle_event(event["id"])
    assert booked(stage) == {"stripe": -45, "processor_cost": 45}
    assert stage.sold.words == ["paid", "taken back"]
    assert await standing(stage, payment) == "refunded"


async def test_an_answer_that_was_asked_for_earlier_is_not_applied_later(stage, paid, monkeypatch):
    """A worker that was taken for dead must not bring back what it read before a refund."""
    read = StripeLive.retrieve_charge
    asked, go = asyncio.Event(), asyncio.Event()

    async def slowly(self, charge_id):
        found = await read(self, charge_id)
        if not asked.is_set():
            asked.set()
            await go.wait()
        return found

    monkeypatch.setattr(StripeLive, "retrieve_charge", slowly)
    await refund(stage, paid, 100)
    await stage.deliver()
    first, second = [e["id"] for e in stage.events() if e["handled_at"] is None]
    late = asyncio.create_task(service.handle_event(first))
    await asked.wait()
    await refund(stage, paid, 100)
    await service.handle_event(second)
    go.set()
    with pytest.raises(VendorUnavailable):
        await late
    assert (stage.row(paid)["refunded_minor"], booked(stage)["stripe"]) == (200, 3 - 200)
    await service.handle_event(first)  # as the queue tries it again
    await stage.settle()
    assert booked(stage)["stripe"] == await at_stripe(stage) == 3 - 200


@pytest.mark.feature("88/alarm")
async def test_what_is_taken_back_in_another_currency_waits_for_a_person(stage, paid, monkeypatch):
    dollars = Money(640, "USD")

    async def disputed(self, charge_id):
        return [Dispute("du_1", dollars, dollars)]

    read = StripeLive.retrieve_charge

    async def with_dispute(self, charge_id):
        return replace(await read(self, charge_id), disputed=True)

    monkeypatch.setattr(StripeLive, "disputes_of", disputed)
    monkeypatch.setattr(StripeLive, "retrieve_charge", with_dispute)
    before = booked(stage)
    await refund(stage, paid, 100)
    await stage.settle()
    assert booked(stage) == before
    assert stage.row(paid)["alarm"] == "taken back in USD: book it by hand"


async def test_a_dispute_of_a_payment_that_is_not_ours_is_left_alone(stage, paid):
    charge = await charge_of(stage, paid)
    async with stage.sandbox.store.transaction() as rows:
        found = await rows.get("charge", charge)
        await rows.put("charge", charge, found | {"metadata": {}}, owner="tipjar")
    before = booked(stage)
    await stage.control(f"charges/{charge}/dispute")
    await stage.settle()
    assert booked(stage) == before
    assert [e["problem"] for e in stage.events("charge.dispute.%")] == ["", ""]


@pytest.mark.feature("B81/payments")
@pytest.mark.parametrize("who", ["guest", "owner"])
async def test_nobody_but_a_job_writes_what_was_taken_back(stage, paid, who):
    before = stage.row(paid)
    scope = stage.guest if who == "guest" else Scope.of(stage.world.owner)
    for column in ("refunded_minor", "disputed_minor", "fee_refunded_minor", "corrections"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(scope) as tx:
                await tx.session.execute(text(f"update payments set {column} = 1"))
    for column in ("reversed_minor", "dispute_cost_minor"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with unit(scope) as tx:
                await tx.session.execute(text(f"select {column} from payments"))
    assert stage.row(paid) == before
