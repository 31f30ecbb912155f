"""Events that we did not ask for: of other accounts, kinds and versions, about other objects."""

import re

import pytest
import structlog

from djplatform.features.payments import service
from djplatform.features.payments.repo import inbox
from djplatform.features.payments.rules import PaymentStatus
from djplatform.features.payments.service import events, kinds
from djplatform.features.payments.service.kinds import UNHANDLED
from djplatform.settings import ROOT
from tests.features.payments.conftest import about, snapshot


async def handled(stage, event: dict) -> dict:
    answer = await stage.post(event)
    assert answer.status_code == 200, answer.text
    await stage.drain_jobs()
    return next(e for e in stage.events() if e["external_id"] == event["id"])


async def begun(stage):
    """A payment whose checkout is open."""
    await stage.connect()
    payment = await stage.start()
    await stage.open(payment)
    return payment


@pytest.mark.feature(85, "88/account")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("payment_intent.succeeded", {"id": "pi_1", "amount_received": 500}),
        (
            "checkout.session.completed",
            {"id": "cs_1", "payment_status": "paid", "amount_total": 500},
        ),
        ("charge.updated", {"id": "py_1"}),
    ],
)
async def test_what_happens_on_a_connected_account_pays_for_nothing(stage, kind, fields):
    """A payee could write our ids on a payment of his own, on his own account."""
    payment = await begun(stage)
    event = await handled(stage, snapshot(kind, about(payment, **fields), account="acct_payee"))
    assert event["problem"] == UNHANDLED
    assert stage.row(payment)["status"] == "created"
    assert (stage.journal(), stage.sold.told) == ([], [])


@pytest.mark.feature("88/unhandled")
@pytest.mark.parametrize("kind", ["payout.paid", "review.opened", "customer.created", "something"])
async def test_a_kind_that_nothing_handles_is_kept_and_said(stage, kind):
    with structlog.testing.capture_logs() as logs:
        event = await handled(stage, snapshot(kind, {"id": "po_1"}))
    assert (event["problem"], event["handled_at"] is not None) == (UNHANDLED, True)
    assert [(e["event"], e["type"]) for e in logs] == [("payments.event_problem", kind)]


@pytest.mark.feature("88/version")
async def test_an_endpoint_of_another_version_is_heard_and_said(stage):
    payment = await begun(stage)
    fields = about(payment, id="pi_1", amount_received=500, something_new={"x": None})
    event = snapshot("payment_intent.succeeded", fields, api_version="2029-01-01.future")
    with structlog.testing.capture_logs() as logs:
        await handled(stage, event)
    assert stage.row(payment)["status"] == "paid"
    assert ("payments.other_version", "2029-01-01.future") in [
        (e["event"], e.get("version")) for e in logs
    ]


@pytest.mark.feature("43/inbox")
async def test_a_client_secret_is_not_kept(stage):
    payment = await begun(stage)
    fields = about(payment, id="pi_1", amount_received=500, client_secret="pi_1_secret_abc")
    event = await handled(stage, snapshot("payment_intent.succeeded", fields))
    assert stage.row(payment)["status"] == "paid"
    assert "client_secret" not in event["body"]["object"]
    assert event["body"]["object"]["id"] == "pi_1"


@pytest.mark.feature("88/alarm")
async def test_a_second_payment_intent_for_one_payment_is_not_booked_and_is_said(stage):
    payment = await begun(stage)
    for intent in ("pi_1", "pi_2"):
        fields = about(payment, id=intent, amount_received=500)
        event = await handled(stage, snapshot("payment_intent.succeeded", fields))
    assert event["problem"] == "pi_2 is about the same payment as pi_1"
    assert stage.row(payment)["payment_intent_id"] == "pi_1"
    assert stage.sold.words == ["paid"]
    assert [line for line in stage.journal() if "stripe" in line[0]] == [("captured/stripe", 500)]


@pytest.mark.parametrize("kind", ["expired", "async_payment_failed"])
async def test_the_end_of_a_checkout_that_got_lost_does_not_end_the_payment(stage, kind):
    payment = await begun(stage)
    lost = about(payment, id="cs_lost")
    event = await handled(stage, snapshot(f"checkout.session.{kind}", lost))
    assert (event["problem"], event["handled_at"] is not None) == ("", True)
    assert (await stage.view(payment)).status is PaymentStatus.CREATED
    own = about(payment, id=stage.row(payment)["checkout_id"])
    await handled(stage, snapshot(f"checkout.session.{kind}", own))
    assert (await stage.view(payment)).final


@pytest.mark.feature("88/alarm")
@pytest.mark.parametrize(("currency", "said"), [("kwd", "500 minor units of KWD"), ("jpy", "¥500")])
async def test_a_currency_that_we_cannot_count_in_raises_an_alarm_too(stage, currency, said):
    payment = await begun(stage)
    fields = about(payment, id="pi_1", amount_received=500) | {"currency": currency}
    event = await handled(stage, snapshot("payment_intent.succeeded", fields))
    assert event["problem"] == f"paid {said} instead of £5.00"
    assert (stage.row(payment)["status"], stage.journal()) == ("created", [])


async def test_an_alarm_is_told_once_and_the_first_one_stays(stage):
    payment = await begun(stage)
    fields = about(payment, id="pi_1", amount_received=500, application_fee_amount=1)
    first = await handled(stage, snapshot("payment_intent.succeeded", fields))
    assert "application fee" in first["problem"]
    checkout = about(
        payment,
        id=stage.row(payment)["checkout_id"],
        payment_status="paid",
        amount_total=500,
        payment_intent="pi_1",
    )
    second = await handled(stage, snapshot("checkout.session.completed", checkout))
    assert second["problem"] == ""
    assert "application fee" in stage.row(payment)["alarm"]


async def test_a_free_plan_asks_for_no_fee_and_misses_none(stage):
    stage.db.rows("update fee_plans set percent_bp = 0, fixed_minor = 0 where product = 'tipjar'")
    await stage.connect()
    payment = await stage.tip()
    await stage.settle()
    async with stage.sandbox.store.transaction() as rows:
        session = await rows.get("session", stage.row(payment)["checkout_id"])
    assert "application_fee_amount" not in session["_intent"]
    assert [e["problem"] for e in stage.events() if e["problem"]] == []
    assert (stage.row(payment)["alarm"], payment.net.minor) == ("", 500)
    assert ("transferred/payable", 500) in stage.journal()


async def test_an_event_that_another_worker_handles_at_the_same_time_acts_once(stage, monkeypatch):
    account = await stage.connect(active=False)
    await stage.settle()
    await stage.control(f"accounts/{account}", status="active")
    await stage.deliver()
    [event] = stage.db.rows("select id from inbox where handled_at is null limit 1")
    really = inbox.organization_of

    async def faster(*arguments):
        stage.db.rows("update inbox set handled_at = now() where id = %s", event["id"])
        return await really(*arguments)

    monkeypatch.setattr(inbox, "organization_of", faster)
    jobs = "select id from procrastinate.procrastinate_jobs where task_name like '%%refresh%%'"
    before = stage.db.rows(jobs)
    await service.handle_event(event["id"])
    assert stage.db.rows(jobs) == before


async def test_a_handler_of_a_missing_event_does_nothing(stage):
    await service.handle_event(stage.world.a)
    assert stage.events() == []


@pytest.mark.feature("88/unhandled")
def test_the_guide_asks_stripe_for_the_kinds_that_are_handled() -> None:
    guide = (ROOT / "djplatform" / "docs" / "deploy" / "README.md").read_text()
    about_stripe = guide.partition("## Stripe")[2].partition("\n## ")[0]
    listed = re.findall(r"`((?:\w+\.)+\w+)`", about_stripe)
    assert sorted(listed) == sorted({*kinds.CHARGE_OF, *events.APPLIED})
