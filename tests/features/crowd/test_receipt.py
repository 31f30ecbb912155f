"""The page that a fan comes back to, in every state of the payment."""

import re
from datetime import timedelta

import pytest

from djplatform.core import clock
from djplatform.core.errors import NotFound
from djplatform.core.realtime.channels import Event, registry
from djplatform.features.crowd import paths
from tests.features.crowd.conftest import JAY, Night, filled
from tests.features.crowd.test_documents import text_of
from tests.features.payments.conftest import snapshot

REFRESH = '<noscript><meta http-equiv="refresh" content="3"></noscript>'


@pytest.fixture
async def begun(night: Night) -> str:
    """The path of the page of a payment that was begun."""
    await night.fan.tip(amount="5.00", guest_name="Priya", message="Great set")
    return f"{JAY}/tips/{night.payment()}"


async def happens(night: Night, type_: str, **fields: object) -> None:
    """The processor says so."""
    row = night.rows("select * from payments")[0]
    metadata = {"payment_id": str(row["id"]), "organization_id": str(row["organization_id"])}
    told = {"metadata": metadata, "currency": "gbp", "id": row["checkout_id"], **fields}
    answer = await night.stage.post(snapshot(type_, told))
    assert answer.status_code == 200
    await night.stage.drain_jobs()


async def test_while_it_waits_the_page_asks_again_by_itself(night: Night, begun: str) -> None:
    answer = await night.fan.get(begun)
    says = text_of(answer)
    assert "Waiting for your payment" in says
    assert "Your name Priya Your message Great set" in says
    assert REFRESH in answer.text
    assert f'hx-get="{begun}"' in answer.text
    tip = night.rows("select organization_id, id from tips")[0]
    channel = paths.tip_channel(tip["organization_id"], tip["id"])
    assert f'sse-connect="/api/stream/{channel}?as=html"' in answer.text
    assert f"sse:{paths.TIP_CHANGED}" in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text


@pytest.mark.parametrize(
    ("event", "fields", "says", "status"),
    [
        (
            "checkout.session.completed",
            {"payment_status": "paid", "amount_total": 500, "payment_intent": "pi_1"},
            "Thank you",
            "paid",
        ),
        ("checkout.session.expired", {}, "The checkout ran out", "expired"),
        (
            "checkout.session.async_payment_failed",
            {},
            "The payment did not go through",
            "failed",
        ),
    ],
)
async def test_a_final_state_is_said_and_the_asking_ends(
    night: Night, begun: str, event: str, fields: dict, says: str, status: str
) -> None:
    await happens(night, event, **fields)
    answer = await night.fan.get(begun)
    words = text_of(answer)
    assert says in words
    assert f'data-status="{status}"' in answer.text
    assert "refresh" not in answer.text
    assert "hx-get" not in answer.text
    assert "sse-connect" not in answer.text
    for said in ("£5.00", "help@", "Ask Jay Martell"):
        assert said in words
    if status != "paid":
        assert "Nothing was charged" in words
    assert night.rows("select status from tips") == [{"status": status}]


async def test_a_slow_payment_is_pending_until_the_money_is_here(night: Night, begun: str) -> None:
    await happens(
        night, "checkout.session.completed", payment_status="unpaid", payment_intent="pi_1"
    )
    answer = await night.fan.get(begun)
    assert "On its way" in text_of(answer)
    assert REFRESH in answer.text
    await happens(
        night,
        "checkout.session.async_payment_succeeded",
        amount_total=500,
        payment_intent="pi_1",
        payment_status="paid",
    )
    assert "Thank you" in text_of(await night.fan.get(begun))


async def test_after_a_checkout_that_ran_out_the_words_are_kept_for_another_try(
    night: Night, begun: str
) -> None:
    stale = await night.fan.form()
    await happens(night, "checkout.session.expired")
    page = await night.fan.get(begun)
    again = re.search(r'href="([^"]*again=[^"]*)"', page.text)[1]
    kept = await night.fan.form(again)
    assert (kept["amount"], kept["guest_name"], kept["message"]) == ("5.00", "Priya", "Great set")
    await night.pay(await night.fan.send(kept))
    # The old form, still open in another tab, makes a new tip as well instead of failing.
    assert (await night.fan.send(stale)).status_code == 303
    statuses = [t["status"] for t in night.rows("select status from tips order by created_at")]
    assert statuses == ["expired", "paid", "created"]


async def test_what_was_paid_is_not_offered_again(night: Night, begun: str) -> None:
    await happens(
        night,
        "checkout.session.completed",
        payment_status="paid",
        amount_total=500,
        payment_intent="pi_1",
    )
    for path in (JAY, f"{JAY}?again={night.payment()}"):
        assert filled(await night.fan.get(path))["guest_name"] == ""


async def test_when_the_webhook_is_late_the_waiting_page_has_the_processor_asked(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = night.stage
    answer = await night.fan.tip(amount="5.00")
    back = await stage.press_pay(answer.headers["location"])
    assert back.status_code == 303
    path = f"{JAY}/tips/{night.payment()}"
    await night.fan.get(path)
    assert night.rows("select id from procrastinate.procrastinate_jobs") == []
    later = clock.now() + timedelta(seconds=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(3):
        await night.fan.get(path)
    [job] = night.rows("select task_name from procrastinate.procrastinate_jobs")
    assert job["task_name"] == "payments.ask_processor"
    await stage.drain_jobs()
    assert "Thank you" in text_of(await night.fan.get(path))
    before = stage.journal()
    # The event comes after all: nothing is doubled.
    await stage.settle()
    captured = [line for line in stage.journal() if line[0].startswith("captured")]
    assert captured == [line for line in before if line[0].startswith("captured")]
    assert night.rows("select status, paid_minor from tips") == [
        {"status": "paid", "paid_minor": 500}
    ]


async def test_asking_about_a_checkout_that_is_open_changes_nothing(
    night: Night, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = clock.now() + timedelta(seconds=10)
    monkeypatch.setattr(clock, "now", lambda: later)
    await night.fan.get(begun)
    await night.stage.drain_jobs()
    assert "Waiting for your payment" in text_of(await night.fan.get(begun))


class Listener:
    def __init__(self, actor, device_id=None) -> None:
        self.actor, self.device_id, self.language = actor, device_id, "en"


async def may_listen(channel: str, visitor: Listener) -> bool:
    kind, params = registry.find(channel)
    try:
        return await kind.authorise(visitor, params)
    except NotFound:
        return False


@pytest.mark.feature("9/streams")
async def test_only_the_own_device_follows_a_tip_and_only_members_the_booth(
    night: Night, begun: str
) -> None:
    world, event = night.world, await night.start()
    tip = night.rows("select organization_id, id, device_id from tips")[0]
    channel = paths.tip_channel(tip["organization_id"], tip["id"])
    nobody = type(world.owner)()
    assert await may_listen(channel, Listener(nobody, tip["device_id"]))
    assert not await may_listen(channel, Listener(nobody, world.device))
    assert not await may_listen(channel, Listener(world.owner))
    for name in (paths.tips_channel(world.a), paths.booth_channel(event.id)):
        assert await may_listen(name, Listener(world.owner))
        assert await may_listen(name, Listener(world.viewer))
        assert not await may_listen(name, Listener(world.outsider))
        assert not await may_listen(name, Listener(nobody, tip["device_id"]))
    kind, params = registry.find(paths.tips_channel(world.a))
    assert await kind.snapshot(Listener(world.owner), params) == []
    for broken in ("tip:x", "booth:x", "tips:x", f"booth:{world.a}"):
        assert not await may_listen(broken, Listener(world.owner, world.device))


@pytest.mark.feature("87/tip")
async def test_a_paid_tip_reaches_the_booth_with_the_running_total(night: Night) -> None:
    event = await night.start()
    for amount in ("5.00", "10.00"):
        async with night.another_fan() as fan:
            await night.pay(await fan.tip(amount=amount, guest_name="Priya", message="<b>"))
    sent = night.rows(
        "select kind, payload from realtime_events where channel = %s order by seq",
        paths.booth_channel(event.id),
    )
    assert [(e["kind"], e["payload"]["amount"], e["payload"]["total"]) for e in sent] == [
        ("tip.paid", "£5.00", "£5.00"),
        ("tip.paid", "£10.00", "£15.00"),
    ]
    assert sent[-1]["payload"]["message"] == "<b>"
    assert "device" not in str(sent[-1]["payload"])
    kind, params = registry.find(paths.booth_channel(event.id))
    rows = await kind.snapshot(Listener(night.world.owner), params)
    assert [(r["amount"], r["total"]) for r in rows] == [("£5.00", "£15.00"), ("£10.00", "£15.00")]


async def test_the_fans_page_hears_that_something_changed_and_nothing_else(
    night: Night, begun: str
) -> None:
    await happens(night, "checkout.session.expired")
    tip = night.rows("select organization_id, id from tips")[0]
    channel = paths.tip_channel(tip["organization_id"], tip["id"])
    [sent] = night.rows("select kind, payload from realtime_events where channel = %s", channel)
    kind, _ = registry.find(channel)
    [fragment] = kind.html(Event(channel, 1, sent["kind"], sent["payload"]))
    assert (fragment.name, fragment.html) == ("tip", "expired")
    assert kind.rows is None


async def test_a_payment_of_something_else_has_no_receipt_here(night: Night, begun: str) -> None:
    assert (await night.fan.get(begun)).status_code == 200
    night.rows("update payments set subject_id = gen_random_uuid()")
    assert (await night.fan.get(begun)).status_code == 404
