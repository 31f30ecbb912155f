"""Webhooks that are refused, late, doubled, reordered; and what the API does when it fails."""

import pytest
import stamina
import stripe as sdk

from djplatform.core.errors import VendorUnavailable
from djplatform.core.money import Money
from djplatform.sandbox import clockwork
from djplatform.vendors.errors import Refusal
from tests.sandbox.conftest import Bench
from tests.sandbox.test_tip_path import AT_ONCE, LATER


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk.HTTPClient, "INITIAL_DELAY", 0.0)
    monkeypatch.setattr(sdk.HTTPClient, "MAX_DELAY", 0.0)
    stamina.set_testing(True, attempts=3)


async def test_a_refused_webhook_comes_again_until_it_is_taken(bench: Bench) -> None:
    bench.receiver.statuses = [500, 0, 404, 302]
    await bench.pay(await bench.checkout())
    await bench.drain()
    ids = [one.event["id"] for one in bench.receiver.got if one.path.endswith("snapshot")]
    assert len(set(ids)) == 7
    assert len(ids) > 7
    listed = (await bench.browser.get("/control/events", params={"brand": "tipjar"})).json()["data"]
    assert {one["state"] for one in listed} == {"delivered"}


async def test_a_refused_webhook_waits_before_it_comes_again(bench: Bench) -> None:
    session = await bench.checkout()
    await bench.drain()
    before = len(bench.receiver.got)
    await bench.pay(session)
    bench.receiver.statuses = [500] * 4
    await clockwork.tick(bench.sandbox)
    await clockwork.tick(bench.sandbox)
    assert len(bench.receiver.got) == before + 7, "nothing is repeated at once"


async def test_paused_webhooks_wait(bench: Bench) -> None:
    await bench.control("webhooks", paused=True)
    await bench.pay(await bench.checkout())
    await bench.drain()
    assert bench.receiver.got == []
    await bench.control("webhooks", paused=False)
    await bench.drain()
    assert bench.receiver.types() == AT_ONCE + LATER


async def test_webhooks_in_the_opposite_order(bench: Bench) -> None:
    await bench.control("webhooks", paused=True)
    await bench.pay(await bench.checkout())
    await bench.drain()
    await clockwork.tick(bench.sandbox)
    await bench.control("webhooks", paused=False, order="reversed")
    await bench.drain()
    assert bench.receiver.types() == (AT_ONCE + LATER)[::-1]


async def test_an_event_can_be_sent_again_often_old_and_forged(bench: Bench) -> None:
    await bench.pay(await bench.checkout())
    await bench.drain()
    event = bench.receiver.last("checkout.session.completed")
    count = len(bench.receiver.got)
    answer = await bench.control(f"events/{event['id']}/redeliver", times=5)
    assert answer.json() == {"statuses": [200] * 5}
    assert [one.event for one in bench.receiver.got[count:]] == [event] * 5
    await bench.control(f"events/{event['id']}/redeliver", age=400)
    await bench.control(f"events/{event['id']}/redeliver", secret="whsec_wrong")
    old, forged = bench.receiver.got[-2:]
    for hook in (old, forged):
        with pytest.raises(Exception, match="signature"):
            bench.stripe().verify_snapshot(hook.raw, hook.headers["stripe-signature"])


async def test_events_are_listed_by_type_and_by_page(bench: Bench) -> None:
    await bench.pay(await bench.checkout())
    await bench.drain()

    async def listed(brand: str = "tipjar", **asked: str) -> list[dict[str, str]]:
        answer = await bench.api("GET", "/v1/events", brand, params={"limit": 3, **asked})
        page = answer.json()
        if not page["has_more"]:
            return page["data"]
        last = page["data"][-1]["id"]
        return page["data"] + await listed(brand, **asked | {"starting_after": last})

    assert [one["type"] for one in await listed()] == (AT_ONCE + LATER)[::-1]
    assert [one["type"] for one in await listed(type="charge.updated")] == ["charge.updated"]
    assert await listed("djdash") == []


@pytest.mark.feature(89)
@pytest.mark.parametrize("when", ["before", "after"])
async def test_failing_calls_are_repeated_and_do_the_work_once(bench: Bench, when: str) -> None:
    payee = await bench.payee()
    await bench.control("fail", count=2, status=503, when=when)
    session = await bench.checkout(destination=payee)
    assert [status for _, path, status in bench.guard.seen if path == "/v1/checkout/sessions"] == [
        503, 503, 200,
    ]  # fmt: skip
    async with bench.sandbox.store.transaction() as rows:
        kept = await rows.find("session")
    assert [one["id"] for one in kept] == [session.session_id]


@pytest.mark.feature("89/adapter")
@pytest.mark.parametrize("status", [500, 429])
async def test_a_vendor_that_stays_down_is_unavailable(bench: Bench, status: int) -> None:
    payee = await bench.payee()
    await bench.control("fail", count=99, status=status)
    with pytest.raises(VendorUnavailable, match="Nothing was charged"):
        await bench.checkout(destination=payee)


@pytest.mark.feature(89)
async def test_a_refusal_is_told_in_plain_words(bench: Bench) -> None:
    payee = await bench.payee()
    with pytest.raises(Refusal) as refused:
        await bench.checkout(
            destination=payee, amount=Money(20, "USD"), application_fee=Money(1, "USD")
        )
    assert refused.value.code == "amount_too_small"
    assert refused.value.message == "The amount is too small to be paid by card."
    assert "must add up to at least $0.50" in refused.value.detail
    assert [s for _, p, s in bench.guard.seen if p == "/v1/checkout/sessions"] == [400]


@pytest.mark.feature("89/adapter")
async def test_idempotency_keys(bench: Bench) -> None:
    payee = await bench.payee()
    first = await bench.checkout(destination=payee, key="k")
    with pytest.raises(Refusal, match="refused"):
        await bench.checkout(destination=payee, key="k", title="Something else")
    other = await bench.checkout(destination=payee, key="k2")
    assert first.session_id != other.session_id


async def test_a_repeated_answer_says_so(bench: Bench) -> None:
    payee = await bench.payee()
    form = {
        "mode": "payment",
        "success_url": "http://a.test",
        "cancel_url": "http://a.test",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "500",
        "line_items[0][price_data][product_data][name]": "Tip",
        "payment_intent_data[transfer_data][destination]": payee,
    }
    answers = [
        await bench.api(
            "POST", "/v1/checkout/sessions", data=form, headers={"Idempotency-Key": "same"}
        )
        for _ in range(2)
    ]
    assert [a.headers.get("idempotent-replayed") for a in answers] == [None, "true"]
    assert answers[0].json() == answers[1].json()
    changed = await bench.api(
        "POST", "/v1/checkout/sessions", data=form | {"mode": "setup"},
        headers={"Idempotency-Key": "same"},
    )  # fmt: skip
    assert changed.status_code == 400
    assert changed.json()["error"]["type"] == "idempotency_error"
    assert "only be used with the same parameters" in changed.json()["error"]["message"]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"line_items[0][price_data][unit_amount]": "five"}, "unit_amount"),
        ({"mode": "subscription"}, "mode"),
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"transfer_dta": "x"}, "transfer_dta"),
        ({"expires_at": "1"}, "expires_at"),
        ({"payment_intent_data[application_fee_amount]": "501"}, "application_fee_amount"),
        ({"payment_intent_data[statement_descriptor_suffix]": "A*B"}, "statement_descriptor"),
        ({"payment_intent_data[statement_descriptor_suffix]": "1234"}, "statement_descriptor"),
    ],
)
async def test_wrong_parameters_are_named(bench: Bench, change: dict, param: str) -> None:
    form = {
        "mode": "payment",
        "success_url": "http://a.test",
        "cancel_url": "http://a.test",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "500",
        "line_items[0][price_data][product_data][name]": "Tip",
        "payment_intent_data[transfer_data][destination]": await bench.payee(),
    }
    answer = await bench.api("POST", "/v1/checkout/sessions", data=form | change)
    assert answer.status_code == 400
    assert param in answer.json()["error"]["param"]


async def test_keys(bench: Bench) -> None:
    none = await bench.browser.get("/stripe/v1/balance")
    assert none.status_code == 401
    wrong = await bench.browser.get(
        "/stripe/v1/balance", headers={"Authorization": "Bearer sk_test_wrong_1234567"}
    )
    assert wrong.json()["error"]["message"].startswith("Invalid API Key provided: sk_test_***")
    basic = await bench.browser.get("/stripe/v1/balance", auth=("sk_test_tipjar_0123456789", ""))
    assert basic.status_code == 200
    unknown = await bench.api("GET", "/v1/nothing")
    assert "Unrecognized request URL (GET: /v1/nothing)" in unknown.json()["error"]["message"]
