"""What the processor says it moved: other than expected, in parts, in another currency, not yet."""

from dataclasses import replace

import psycopg
import pytest
from psycopg.rows import dict_row

from djplatform.cli.checks_money import money
from djplatform.core.db import Scope, unit
from djplatform.core.money import Money
from djplatform.features.payments import service
from djplatform.features.payments.repo import payments
from djplatform.features.payments.service import gateway
from djplatform.features.payments.service.settlement import FeeStillMissing, settle
from djplatform.vendors.stripe.port import BalanceTransaction, ChargeDetail
from tests.features.payments.conftest import about, snapshot


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


COST = BalanceTransaction("txn_1", pounds(45))
CHARGE = ChargeDetail(
    charge_id="ch_1",
    payment_intent_id="pi_1",
    metadata={},
    amount=pounds(500),
    paid=True,
    refunded=pounds(0),
    disputed=False,
    balance=COST,
    transferred=pounds(500),
    reversed=pounds(0),
    fee_asked=pounds(48),
    application_fee=pounds(48),
    fee_refunded=pounds(0),
)


def ours(payment, **changes) -> ChargeDetail:
    """The charge of a payment: it carries the ids that we gave to Stripe."""
    return replace(CHARGE, metadata=about(payment)["metadata"], **changes)


EARLY = replace(
    CHARGE, balance=None, transferred=None, reversed=None, application_fee=None, fee_refunded=None
)


def answer_with(monkeypatch: pytest.MonkeyPatch, charge: ChargeDetail) -> None:
    """From now on Stripe tells of this charge."""

    class Port:
        async def retrieve_charge(self, charge_id: str) -> ChargeDetail:
            return charge

    monkeypatch.setattr(gateway, "client", lambda _: Port())


@pytest.fixture
async def paid(stage):
    """A payment that is paid, of which nothing is settled."""
    await stage.connect()
    payment = await stage.start()
    fields = about(payment, id="pi_1", amount_received=500)
    await stage.post(snapshot("payment_intent.succeeded", fields))
    await stage.drain_jobs()
    return payment


async def settle_with(stage, payment, *charges: ChargeDetail) -> str:
    """Settle by one answer after the other; what did not agree with the last one."""
    problem = ""
    for charge in charges:
        async with unit(Scope.system(stage.world.a)) as tx:
            row = await payments.lock_payment(tx, stage.world.a, payment.id)
            problem = await settle(tx, row, charge)
    return problem


def transitions(stage) -> list[str]:
    rows = stage.db.rows("select transition from journal_entries order by posted_at")
    return [row["transition"] for row in rows]


async def test_what_is_not_known_yet_is_not_booked(stage, paid):
    await settle_with(stage, paid, EARLY)
    assert transitions(stage) == ["captured"]
    assert stage.row(paid)["settled_at"] is None


async def test_what_comes_in_parts_is_booked_in_parts_and_once(stage, paid):
    transferred = replace(CHARGE, balance=None)
    await settle_with(stage, paid, EARLY, transferred, transferred, CHARGE, CHARGE)
    assert transitions(stage) == ["captured", "transferred", "processor_cost"]
    assert stage.row(paid)["charge_id"] == "ch_1"


@pytest.mark.feature("88/alarm")
async def test_another_transfer_than_agreed_is_booked_as_it_was_and_raises_an_alarm(
    stage, paid, monkeypatch
):
    problem = "the payee got £4.60 instead of £4.52"
    await stage.post(snapshot("charge.updated", {"id": "ch_1"}))
    answer_with(monkeypatch, ours(paid, application_fee=pounds(40)))
    await stage.drain_jobs()
    assert stage.row(paid)["alarm"] == problem
    assert [e["problem"] for e in stage.events("charge.updated")] == [problem]
    assert ("transferred/payable", 460) in stage.journal()


async def test_without_an_application_fee_the_whole_is_the_payees(stage, paid):
    free = replace(CHARGE, fee_asked=None, application_fee=None, fee_refunded=None)
    assert await settle_with(stage, paid, free) == "the payee got £5.00 instead of £4.52"
    assert ("transferred/payable", 500) in stage.journal()


async def test_a_transfer_without_the_fee_that_we_asked_for_waits_for_it(stage, paid):
    """Booked too early it would give the payee everything, and the journal cannot be changed."""
    early = replace(CHARGE, application_fee=None, fee_refunded=None)
    with pytest.raises(FeeStillMissing):
        await settle_with(stage, paid, early)
    assert transitions(stage) == ["captured"]
    assert await settle_with(stage, paid, CHARGE) == ""
    assert ("transferred/payable", 452) in stage.journal()


@pytest.mark.feature("88/alarm")
async def test_a_charge_settled_in_another_currency_keeps_what_was_agreed(stage, paid):
    dollars = replace(
        CHARGE,
        transferred=Money(640, "USD"),
        application_fee=Money(61, "USD"),
        balance=replace(COST, fee=Money(57, "USD")),
    )
    problem = await settle_with(stage, paid, dollars)
    assert problem == "transferred in USD, booked in GBP as agreed"
    row = stage.row(paid)
    assert (row["processor_cost_minor"], row["processor_cost_currency"]) == (57, "USD")
    assert ("transferred/payable", 452) in stage.journal()
    async with unit(Scope.platform(stage.world.admin, "check")) as tx:
        sums = {e.fees.currency: e.net.minor for e in await service.platform_earnings(tx)}
    assert sums == {"GBP": 48, "USD": -57}


async def test_an_unpaid_charge_changes_nothing(stage, monkeypatch):
    await stage.connect()
    payment = await stage.start()
    await stage.post(snapshot("charge.updated", {"id": "ch_1"}))
    answer_with(monkeypatch, ours(payment, paid=False))
    await stage.drain_jobs()
    assert (stage.row(payment)["status"], transitions(stage)) == ("created", [])
    assert [e["problem"] for e in stage.events("charge.updated")] == [""]


@pytest.mark.feature("88/alarm")
async def test_a_charge_of_another_amount_is_not_settled(stage, monkeypatch):
    await stage.connect()
    payment = await stage.start()
    await stage.post(snapshot("charge.updated", {"id": "ch_1"}))
    answer_with(monkeypatch, ours(payment, amount=pounds(1)))
    await stage.drain_jobs()
    assert stage.row(payment)["alarm"] == "paid £0.01 instead of £5.00"
    assert transitions(stage) == []


async def test_a_charge_that_is_not_ours_is_left_alone(stage, monkeypatch):
    await stage.connect()
    await stage.post(snapshot("charge.updated", {"id": "ch_1"}))
    answer_with(monkeypatch, CHARGE)
    await stage.drain_jobs()
    assert [e["problem"] for e in stage.events("charge.updated")] == [""]
    assert transitions(stage) == []


@pytest.mark.feature("88/doctor")
async def test_doctor_sees_a_payment_with_an_alarm(stage, paid):
    stage.db.rows("update payments set alarm = 'the payee got £4.60 instead of £4.52'")
    url = stage.db.url("djp_owner")
    with psycopg.connect(url, row_factory=dict_row, autocommit=True) as connection:
        [found] = [one for one in money(connection) if one.name == "payments"]
    assert (found.state, found.detail) == (
        "problem",
        "1 with an alarm: the payee got £4.60 instead of £4.52",
    )
