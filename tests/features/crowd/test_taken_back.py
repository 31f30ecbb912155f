"""Tips that go back, by a refund or a dispute: on the DJ's screens, in the totals, at the fan's."""

from uuid import UUID

import pytest

from djplatform.core.db import Scope, unit
from djplatform.features.crowd import service
from djplatform.features.crowd.dto import TipsSummary
from tests.features.crowd.conftest import Night


async def refund(night: Night, payment_id: UUID, **how: object) -> None:
    [row] = night.rows("select charge_id from payments where id = %s", payment_id)
    await night.stage.control(f"charges/{row['charge_id']}/refund", **how)
    await night.stage.settle()


@pytest.mark.feature("90/tip")
async def test_what_went_back_leaves_the_total_and_is_said(night: Night) -> None:
    event = await night.start()
    payments = []
    for amount in ("5.00", "20.00"):
        fan = await night.fan.tip(amount="custom", custom_amount=amount)
        await night.pay(fan)
        payments.append(night.payment())
    first, second = payments

    async def shown() -> tuple[TipsSummary, list[tuple[str, str, str]]]:
        async with unit(Scope.of(night.world.owner)) as tx:
            total = await service.tips_summary(tx, night.world.owner, event.id)
            tips = await service.list_tips(tx, night.world.owner, event.id)
        return total, [(t.amount_text, t.refunded_text, t.net_text) for t in tips]

    # The whole of the older tip, by the platform alone; then a part of the newer one, by all.
    await refund(night, first)
    total, tips = await shown()
    assert (total.count, total.total_text, total.net_text) == (1, "£20.00", "£18.52")
    assert tips == [("£20.00", "", "£19.00"), ("£5.00", "£5.00", "-£0.48")]
    await refund(night, second, amount=1000, reverse_transfer=True, refund_application_fee=True)
    total, tips = await shown()
    assert (total.count, total.total_text, total.net_text) == (1, "£10.00", "£9.02")
    assert tips == [("£20.00", "£10.00", "£9.50"), ("£5.00", "£5.00", "-£0.48")]

    # On the screen the newest row carries the totals, whichever tip went back.
    told = night.rows(
        "select payload from realtime_events where channel = %s order by seq", f"booth:{event.id}"
    )
    assert [(e["payload"]["amount"], e["payload"]["total"]) for e in told] == [
        ("£5.00", "£5.00"),
        ("£20.00", "£25.00"),
        ("£5.00", "£20.00"),
        ("£20.00", "£20.00"),
        ("£20.00", "£10.00"),
    ]


@pytest.mark.feature("90/tip")
async def test_a_dispute_that_is_won_brings_the_tip_back(night: Night) -> None:
    await night.pay(await night.fan.tip())
    [row] = night.rows("select charge_id from payments")
    before = night.rows("select paid_minor, net_minor, refunded_minor from tips")
    await night.stage.control(f"charges/{row['charge_id']}/dispute")
    await night.stage.settle()
    [during] = night.rows("select paid_minor, net_minor, refunded_minor from tips")
    assert (during["paid_minor"], during["refunded_minor"]) == (0, before[0]["paid_minor"])
    await night.stage.control(f"charges/{row['charge_id']}/dispute", won=True)
    await night.stage.settle()
    assert night.rows("select paid_minor, net_minor, refunded_minor from tips") == before


@pytest.mark.feature("90/tip")
async def test_the_fan_reads_what_was_refunded(night: Night) -> None:
    page = await night.pay(await night.fan.tip(amount="custom", custom_amount="5.00"))
    assert "Refunded to you" not in (await night.fan.get(page)).text
    await refund(night, night.payment(), amount=200)
    text = (await night.fan.get(page)).text
    assert "Refunded to you" in text
    assert "£2.00" in text
