"""What the processor says it moved: other than expected, in parts, in another currency, not yet."""

from dataclasses import replace

import pytest

from djplatform.core import clock
from djplatform.core.db import Scope, unit
from djplatform.core.money import Money
from djplatform.features.payments import service
from djplatform.features.payments.repo import payments
from djplatform.features.payments.service import gateway
from djplatform.features.payments.service.settlement import settle
from djplatform.vendors.stripe.port import BalanceTransaction, ChargeDetail
from tests.features.payments.conftest import about, snapshot


def pounds(minor: int) -> Money:
    return Money(minor, "GBP")


COST = BalanceTransaction(
    "txn_1", "charge", pounds(500), pounds(45), pounds(455), "ch_1", clock.now()
)
CHARGE = ChargeDetail(
    charge_id="ch_1",
    payment_intent_id="pi_1",
    status="succeeded",
    amount=pounds(500),
    refunded=pounds(0),
    paid=True,
    disputed=False,
    metadata={},
    statement_descriptor="TIPJAR* JAY MARTELL",
    failure_message="",
    balance=COST,
    transfer_id="tr_1",
    transferred=pounds(500),
    application_fee_id="fee_1",
    application_fee=pounds(48),
)
EARLY = replace(CHARGE, balance=None, transfer_id=None, transferred=None, application_fee=None)


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


async def settle_with(stage, payment, *charges: ChargeDetail) -> None:
    for charge in charges:
        async with unit(Scope.system(stage.world.a)) as tx:
            row = await payments.lock_payment(tx, stage.world.a, payment.id)
            await settle(tx, row, charge)


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
    refs = stage.db.rows("select external_id from external_refs where external_id like 'ch_%%'")
    assert refs == [{"external_id": "ch_1"}]


@pytest.mark.feature("88/alarm")
async def test_another_transfer_than_agreed_is_booked_as_it_was_and_raises_an_alarm(stage, paid):
    await settle_with(stage, paid, replace(CHARGE, application_fee=pounds(40)))
    assert stage.row(paid)["alarm"] == "the payee got £4.60 instead of £4.52"
    assert ("transferred/payable", 460) in stage.journal()


async def test_without_an_application_fee_the_whole_is_the_payees(stage, paid):
    await settle_with(stage, paid, replace(CHARGE, application_fee=None))
    assert ("transferred/payable", 500) in stage.journal()


async def test_a_charge_settled_in_another_currency_keeps_what_was_agreed(stage, paid):
    dollars = replace(
        CHARGE,
        transferred=Money(640, "USD"),
        application_fee=Money(61, "USD"),
        balance=replace(COST, fee=Money(57, "USD")),
    )
    await settle_with(stage, paid, dollars)
    row = stage.row(paid)
    assert (row["processor_cost_minor"], row["processor_cost_currency"]) == (57, "USD")
    assert (row["alarm"], ("transferred/payable", 452) in stage.journal()) == ("", True)
    async with unit(Scope.platform(stage.world.admin, "check")) as tx:
        sums = {e.fees.currency: e.net.minor for e in await service.platform_earnings(tx)}
    assert sums == {"GBP": 48, "USD": -57}


async def test_an_unpaid_charge_changes_nothing(stage, monkeypatch):
    await stage.connect()
    payment = await stage.start()

    await stage.post(snapshot("charge.updated", about(payment, id="ch_1")))
    answer_with(monkeypatch, replace(CHARGE, paid=False))
    await stage.drain_jobs()
    assert (stage.row(payment)["status"], transitions(stage)) == ("created", [])
    assert [e["problem"] for e in stage.events("charge.updated")] == [""]


@pytest.mark.feature("88/alarm")
async def test_a_charge_of_another_amount_is_not_settled(stage, monkeypatch):
    await stage.connect()
    payment = await stage.start()
    await stage.post(snapshot("charge.updated", about(payment, id="ch_1")))
    answer_with(monkeypatch, replace(CHARGE, amount=pounds(1)))
    await stage.drain_jobs()
    assert stage.row(payment)["alarm"] == "paid £0.01 instead of £5.00"
    assert transitions(stage) == []
