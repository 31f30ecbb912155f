"""Webhooks as the world sends them, against the running product; the books are drawn after each."""

import asyncio
import json

import pytest

from djplatform.benchmarks import webhooks
from djplatform.core.realtime.bus import POLL_SECONDS
from tests.journeys.running import Running, booth_stream, until

COMPLETED = "checkout.session.completed"


async def paid_in_silence(running: Running, amount: str = "5.00") -> tuple[str, str]:
    """A paid tip of which Stripe has told nothing yet: the payment, and the event's id."""
    await running.control("webhooks", paused=True)
    payment_id = await (await running.fan()).tip(amount)
    return payment_id, await running.event_of(payment_id, COMPLETED)


def inbox(running: Running, event_id: str) -> int:
    return running.value("select count(*) from inbox where external_id = %s", event_id)


def status(running: Running, payment_id: str) -> str:
    return running.value("select status from payments where id = %s", payment_id)


@pytest.mark.feature("88/once")
async def test_the_same_webhook_five_times_at_once_counts_once(running: Running) -> None:
    payment_id, event_id = await paid_in_silence(running)
    told = await running.control(f"events/{event_id}/redeliver", times=5)
    assert told["statuses"] == [200] * 5
    assert inbox(running, event_id) == 1
    await until(lambda: status(running, payment_id) == "paid", "it is paid")
    await running.control("webhooks", paused=False)  # and a sixth time, in its own order
    await running.settled()
    assert inbox(running, event_id) == 1


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
@pytest.mark.feature("88/order")
async def test_events_in_any_order_end_alike(running: Running, order: str) -> None:
    await running.control("webhooks", paused=True, order=order)
    fans = [await running.fan() for _ in range(3)]
    payments = await asyncio.gather(*(fan.tip(f"{n}.00") for n, fan in enumerate(fans, 5)))
    await running.control("webhooks", paused=False)
    await running.settled()
    for fan, payment_id in zip(fans, payments, strict=True):
        assert 'data-status="paid"' in await fan.reads(payment_id)


@pytest.mark.feature("88/verify")
async def test_a_webhook_that_cannot_be_trusted_leaves_nothing(running: Running) -> None:
    payment_id, event_id = await paid_in_silence(running)
    old = await running.control(f"events/{event_id}/redeliver", age=600)
    forged = await running.control(f"events/{event_id}/redeliver", secret="whsec_of_somebody_else")
    assert old["statuses"] + forged["statuses"] == [400, 400]
    assert inbox(running, event_id) == 0
    assert status(running, payment_id) == "created"
    await running.control("webhooks", paused=False)
    await running.settled()
    assert status(running, payment_id) == "paid"


@pytest.mark.feature("88/rotation")
async def test_while_a_secret_is_rolled_either_signature_is_enough(running: Running) -> None:
    payment_id, event_id = await paid_in_silence(running)
    rolled = await running.control("webhooks/tipjar/snapshot/roll")
    alone = await running.control(f"events/{event_id}/redeliver", secret=rolled["secret"])
    assert alone["statuses"] == [400]  # the new secret is not ours yet
    both = await running.control(f"events/{event_id}/redeliver")
    assert both["statuses"] == [200]  # signed with the new one and with ours
    await until(lambda: status(running, payment_id) == "paid", "it is paid")
    await running.control("webhooks", paused=False)


@pytest.mark.feature(93, "147/booth")
async def test_the_booth_is_told_of_a_tip_by_its_webhook(running: Running) -> None:
    """Five tips, each while the booth listens; the best counts, as the machine may be busy."""
    dj = await running.signed_in("jay@example.com")
    event_id = running.value(
        "select e.id::text from events e join organizations o on o.id = e.organization_id"
        " where o.slug = 'jay-martell' and e.status = 'live'"
    )
    clock = asyncio.get_running_loop().time
    waited, paying = [], []
    async with booth_stream(running, dj, event_id) as stream:
        for number in range(5):
            began = clock()
            payment_id, stripes = await paid_in_silence(running, f"{number + 11}.00")
            paying.append(clock() - began)
            tip = running.value("select subject_id::text from payments where id = %s", payment_id)
            began = clock()
            telling = asyncio.create_task(running.control(f"events/{stripes}/redeliver"))
            shown = await row_of(stream, tip)
            waited.append(clock() - began)
            await telling
            assert shown["amount"] == f"£{number + 11}.00"
    await running.control("webhooks", paused=False)
    # `bench webhooks` measures the second itself. Here the best of five must not have waited for
    # the hub's own look, every five seconds; a busy machine is measured by the fan's own way.
    assert min(waited) < max(POLL_SECONDS / 2, 3 * min(paying)), (waited, paying)


async def row_of(stream, tip: str) -> dict[str, str]:
    """The row of a tip, as soon as the stream brings it."""
    async with asyncio.timeout(30):
        async for line in stream:
            if line.startswith("data: ") and tip in line:
                for change in json.loads(line.removeprefix("data: ")):
                    for row in change["put"]:
                        if row["id"] == tip:
                            return row
    raise AssertionError("the stream ended")


@pytest.mark.feature("93/bench", "155/bench")
async def test_the_benchmark_sees_every_tip_on_every_booth(running: Running) -> None:
    try:
        alone, room = await webhooks.measure(
            running.product, running.database_url(), events=3, crowd_events=2, crowd=20
        )
    finally:
        await running.control("webhooks", paused=False)
        running.rows("drop table bench_peer")
    assert [len(alone.answer), len(alone.effect), len(alone.peer), len(alone.booth)] == [3] * 4
    assert len(room.booth) == 2 * 20
    # A tip is on the screen after its payment was committed, never before it was posted.
    assert all(ours > 0 for ours in (*alone.effect, *alone.booth, *room.booth, *alone.peer))
