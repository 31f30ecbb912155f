"""What Stripe tells: duplicated, late, out of order, half-way through a crash; booked once."""

import asyncio
from itertools import permutations

import pytest

from djplatform.core.errors import VendorUnavailable
from djplatform.core.ids import new_id
from djplatform.features.payments import service
from djplatform.features.payments.rules import PaymentStatus
from tests.features.payments.conftest import about, snapshot

BOOKED = [
    ("captured/fees", -48),
    ("captured/payable", -452),
    ("captured/stripe", 500),
    ("processor_cost/processor_cost", 45),
    ("processor_cost/stripe", -45),
    ("transferred/payable", 452),
    ("transferred/stripe", -452),
]


def published(stage, kind: str) -> list[str]:
    rows = stage.db.rows(
        "select channel from realtime_events where kind = %s order by channel", kind
    )
    return [row["channel"] for row in rows]


@pytest.mark.feature(87, 88, 94, 390)
async def test_a_tip_walks_from_checkout_to_the_journal(stage):
    await stage.connect()
    payment = await stage.tip()
    await stage.settle()
    row = stage.row(payment)
    assert (await stage.view(payment)).status is PaymentStatus.PAID
    assert stage.sold.words == ["paid"]
    assert stage.journal() == BOOKED
    assert (row["processor_cost_minor"], row["alarm"]) == (45, "")
    assert row["settled_at"] is not None
    assert row["transferred_at"] is not None
    assert published(stage, "payment.paid") == [f"payments:{stage.world.a}"]
    assert [e for e in stage.events() if e["handled_at"] is None or e["problem"]] == []


async def told(stage) -> list:
    """Everything that Stripe says about one tip, in the inbox and not yet handled."""
    await stage.connect()
    await stage.tip()
    await stage.deliver()
    return [e["id"] for e in stage.events() if e["handled_at"] is None]


@pytest.mark.feature("88/order")
@pytest.mark.parametrize(
    "first", ["payment_intent.succeeded", "checkout.session.completed", "charge.updated"]
)
async def test_the_events_of_a_payment_may_come_in_any_order(stage, first):
    await stage.connect()
    for order in permutations(
        ["payment_intent.succeeded", "checkout.session.completed", "charge.updated"]
    ):
        if order[0] != first:
            continue
        stage.sold.told.clear()
        payment = await stage.tip()
        await stage.deliver()
        waiting = {e["type"]: e["id"] for e in stage.events() if e["handled_at"] is None}
        for kind in order:
            await service.handle_event(waiting[kind])
        assert stage.sold.words == ["paid"]
        entries = stage.db.rows(
            "select transition from journal_entries where source_id = %s order by transition",
            payment.id,
        )
        assert [e["transition"] for e in entries] == ["captured", "processor_cost", "transferred"]
        await stage.drain_jobs()
    assert sorted({row["alarm"] for row in stage.db.rows("select alarm from payments")}) == [""]


@pytest.mark.feature(38)
async def test_the_same_webhook_five_times_at_once_changes_balances_once(stage):
    await stage.connect()
    await stage.tip()
    await stage.deliver()
    received = {e["external_id"] for e in stage.events()}
    again = await asyncio.gather(
        *(stage.control(f"events/{event}/redeliver", times=5) for event in received)
    )
    assert {status for answer in again for status in answer["statuses"]} == {200}
    await stage.drain_jobs()
    assert {e["external_id"] for e in stage.events()} == received
    assert stage.journal() == BOOKED
    assert stage.sold.words == ["paid"]


@pytest.mark.feature(38)
async def test_one_event_handled_by_five_workers_at_once_is_handled_once(stage):
    for event in await told(stage):
        await asyncio.gather(*(service.handle_event(event) for _ in range(5)))
    assert stage.journal() == BOOKED
    assert stage.sold.words == ["paid"]


@pytest.mark.feature(38)
async def test_all_events_of_a_payment_at_once_change_it_once(stage):
    events = await told(stage)
    await asyncio.gather(*(service.handle_event(event) for event in events))
    assert stage.journal() == BOOKED
    assert stage.sold.words == ["paid"]


@pytest.mark.feature(88)
async def test_a_crash_in_the_middle_leaves_nothing_and_the_next_run_does_it_all(stage):
    events = await told(stage)
    stage.sold.failures = 1
    paid = next(e["id"] for e in stage.events("payment_intent.succeeded"))
    with pytest.raises(RuntimeError, match="died here"):
        await service.handle_event(paid)
    assert stage.journal() == []
    assert published(stage, "payment.paid") == []
    assert stage.events("payment_intent.succeeded")[0]["handled_at"] is None
    for event in events:
        await service.handle_event(event)
    assert stage.journal() == BOOKED
    assert stage.sold.words == ["paid"]


@pytest.mark.feature("88/stale")
async def test_a_forgotten_event_is_seen(stage):
    await told(stage)

    async def health() -> tuple[int, str]:
        answer = await stage.app.get("/healthz/events")
        return answer.status_code, answer.text

    assert await health() == (200, "ok")
    stage.db.rows("update inbox set received_at = received_at - interval '6 minutes'")
    assert await health() == (503, "events wait")
    await stage.drain_jobs()
    assert await health() == (200, "ok")


@pytest.mark.feature(89)
async def test_when_stripe_is_down_at_settlement_the_event_waits_and_is_finished_later(stage):
    events = await told(stage)
    charge = stage.events("charge.updated")[0]["id"]
    await stage.control("fail", count=1, status=503, path="/v1/charges")
    with pytest.raises(VendorUnavailable):
        await service.handle_event(charge)
    assert stage.events("charge.updated")[0]["handled_at"] is None
    for event in events:
        await service.handle_event(event)
    assert stage.journal() == BOOKED


async def test_a_refused_card_is_told_and_another_card_pays(stage):
    await stage.connect()
    payment = await stage.start()
    link = await stage.open(payment)
    await stage.press_pay(link, number="4000000000000002")
    await stage.settle()
    refused = await stage.view(payment)
    assert (refused.status, refused.failure) == (PaymentStatus.CREATED, "Your card was declined.")
    assert not refused.final
    await stage.press_pay(link)
    await stage.settle()
    paid = await stage.view(payment)
    assert (paid.status, paid.failure) == (PaymentStatus.PAID, "")
    assert stage.sold.words == ["paid"]


@pytest.mark.parametrize(
    ("succeeds", "status", "words"),
    [
        (True, PaymentStatus.PAID, ["pending", "paid"]),
        (False, PaymentStatus.FAILED, ["pending", "failed"]),
    ],
)
async def test_a_slow_method_is_pending_until_the_money_comes_or_not(
    stage, succeeds, status, words
):
    await stage.connect()
    payment = await stage.start()
    await stage.press_pay(await stage.open(payment), method="bacs_debit")
    await stage.settle()
    waiting = await stage.view(payment)
    assert (waiting.status, waiting.final) == (PaymentStatus.PENDING, False)
    assert stage.journal() == []
    await stage.control(f"payments/{stage.row(payment)['checkout_id']}", succeeds=succeeds)
    await stage.settle()
    done = await stage.view(payment)
    assert (done.status, done.final, stage.sold.words) == (status, True, words)
    assert (done.failure != "") is not succeeds
    assert (stage.journal() != []) is succeeds


async def test_the_closed_browser_leaves_an_expired_payment(stage):
    await stage.connect()
    payment = await stage.start()
    await stage.open(payment)
    stage.db.rows("update payments set expires_at = now()")
    await service.close_checkout(stage.world.a, payment.id)
    await stage.settle()
    assert (await stage.view(payment)).status is PaymentStatus.EXPIRED
    assert stage.sold.words == ["expired"]
    await service.close_checkout(stage.world.a, payment.id)


async def handled(stage, event: dict, **more) -> dict:
    answer = await stage.post(event, **more)
    assert answer.status_code == 200, answer.text
    await stage.drain_jobs()
    return next(e for e in stage.events() if e["external_id"] == event["id"])


@pytest.mark.feature("88/alarm")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("checkout.session.completed", {"payment_status": "paid", "amount_total": 100}),
        ("payment_intent.succeeded", {"id": "pi_1", "amount_received": 100}),
    ],
)
async def test_another_amount_than_agreed_raises_an_alarm_and_gives_nothing(stage, kind, fields):
    await stage.connect()
    payment = await stage.start()
    event = await handled(stage, snapshot(kind, about(payment, **fields)))
    assert event["problem"] == "paid £1.00 instead of £5.00"
    assert stage.row(payment)["alarm"] == "paid £1.00 instead of £5.00"
    assert (stage.row(payment)["status"], stage.sold.told, stage.journal()) == ("created", [], [])


@pytest.mark.feature("88/alarm")
async def test_another_currency_raises_an_alarm(stage):
    await stage.connect()
    payment = await stage.start()
    fields = about(payment, payment_status="paid", amount_total=500) | {"currency": "usd"}
    event = await handled(stage, snapshot("checkout.session.completed", fields))
    assert event["problem"] == "paid $5.00 instead of £5.00"
    assert stage.journal() == []


@pytest.mark.feature("88/alarm")
async def test_another_application_fee_raises_an_alarm_but_the_money_is_booked(stage):
    await stage.connect()
    payment = await stage.start()
    fields = about(payment, id="pi_1", amount_received=500, application_fee_amount=1)
    event = await handled(stage, snapshot("payment_intent.succeeded", fields))
    assert "application fee" in event["problem"]
    assert stage.row(payment)["status"] == "paid"


@pytest.mark.feature(85)
async def test_an_event_of_one_brand_never_moves_a_payment_of_another(stage):
    await stage.connect()
    payment = await stage.start()
    fields = about(payment, payment_status="paid", amount_total=500)
    event = await handled(
        stage,
        snapshot("checkout.session.completed", fields),
        path="/api/webhooks/stripe/djdash/snapshot",
        secret="whsec_djdash_snapshot",
    )
    assert event["problem"] == "the payment belongs to tipjar, the event to djdash"
    assert (stage.row(payment)["status"], stage.journal()) == ("created", [])


@pytest.mark.parametrize(
    ("kind", "fields", "problem"),
    [
        ("charge.succeeded", {"id": "ch_1"}, ""),
        ("checkout.session.completed", {"id": "cs_1", "metadata": {}}, ""),
        (
            "checkout.session.expired",
            {
                "id": "cs_1",
                "metadata": {"payment_id": str(new_id()), "organization_id": str(new_id())},
            },
            "no such payment",
        ),
    ],
)
async def test_what_is_not_ours_is_stamped_and_left_alone(stage, kind, fields, problem):
    event = await handled(stage, snapshot(kind, fields))
    assert event["handled_at"] is not None
    assert event["problem"] == problem


async def test_an_account_that_nobody_knows_is_reported(stage):
    thin = {
        "id": "evt_thin_1",
        "object": "v2.core.event",
        "type": "v2.core.account[requirements].updated",
        "livemode": False,
        "created": "2026-11-21T12:00:00.000Z",
        "related_object": {"id": "acct_unknown", "type": "v2.core.account", "url": "/v2/x"},
    }
    event = await handled(
        stage, thin, path="/api/webhooks/stripe/tipjar/thin", secret="whsec_tipjar_thin"
    )
    assert event["problem"] == "unknown connected account"


async def test_late_failures_never_undo_a_payment(stage):
    await stage.connect()
    payment = await stage.tip()
    await stage.settle()
    row = stage.row(payment)
    checkout, intent = row["checkout_id"], row["payment_intent_id"]
    for kind, fields in (
        ("checkout.session.expired", {"id": checkout}),
        ("checkout.session.async_payment_failed", {"id": checkout}),
        (
            "payment_intent.payment_failed",
            {"id": intent, "last_payment_error": {"message": "Too late."}},
        ),
    ):
        await handled(stage, snapshot(kind, about(payment, **fields)))
    view = await stage.view(payment)
    assert (view.status, view.failure) == (PaymentStatus.PAID, "")
    assert stage.sold.words == ["paid"]
    assert stage.journal() == BOOKED


async def test_money_that_came_after_all_is_booked(stage):
    await stage.connect()
    payment = await stage.start()
    await handled(stage, snapshot("checkout.session.expired", about(payment, id="cs_1")))
    assert (await stage.view(payment)).status is PaymentStatus.EXPIRED
    await handled(
        stage,
        snapshot("payment_intent.succeeded", about(payment, id="pi_1", amount_received=500)),
    )
    assert (await stage.view(payment)).status is PaymentStatus.PAID
    assert stage.sold.words == ["expired", "paid"]


async def test_a_handler_of_a_missing_event_does_nothing(stage):
    await service.handle_event(new_id())
    await service.close_checkout(stage.world.a, new_id())
    await service.refresh_account(stage.world.a, "tipjar")
    assert stage.events() == []
