"""Who may listen to what was paid, and what a new listener starts from."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.features.payments.streams import ACCOUNT, PAYMENTS


@dataclass(frozen=True)
class Listener:
    actor: Actor = field(default=ANONYMOUS)
    device_id: UUID | None = None
    language: str = "en"


@pytest.mark.parametrize(
    ("who", "payments", "account"),
    [
        ("owner", True, True),
        ("mate", True, True),
        ("viewer", False, True),
        ("outsider", False, False),
    ],
)
async def test_only_members_who_may_read_payments_hear_them(world, who, payments, account):
    listener = Listener(getattr(world, who))
    here = {"organization": str(world.a)}
    assert await PAYMENTS.authorise(listener, here) is payments
    assert await ACCOUNT.authorise(listener, here) is account


async def test_nobody_hears_nothing(world):
    for params in ({"organization": str(world.a)}, {"organization": "x"}):
        assert not await PAYMENTS.authorise(Listener(), params)
        assert not await ACCOUNT.authorise(Listener(), params)


async def test_a_new_listener_gets_what_there_is(stage):
    listener = Listener(stage.world.owner)
    params = {"organization": str(stage.world.a)}
    assert (await ACCOUNT.snapshot(listener, params))[0]["state"] == "none"
    await stage.connect()
    for minor in (500, 2000):
        await stage.tip(minor)
        await stage.settle()
    rows = await PAYMENTS.snapshot(listener, params)
    assert [row["net"] for row in rows] == ["£4.52", "£19.00"]
    assert (await ACCOUNT.snapshot(listener, params))[0]["state"] == "ready"
    sent = stage.db.rows(
        "select payload from realtime_events where channel = %s order by seq",
        f"payments:{stage.world.a}",
    )
    assert [row["payload"] for row in sent] == list(rows)
