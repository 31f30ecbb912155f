"""Disputes: what Stripe takes from the platform, and gives back when the platform wins."""

import pytest

from tests.sandbox.conftest import Bench
from tests.sandbox.test_tip_path import AT_ONCE, LATER

BEGUN = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


async def test_the_disputed_card_is_paid_first_and_disputed_after_it_settled(bench: Bench) -> None:
    await bench.pay(await bench.checkout(), number="4000 0000 0000 0259")
    await bench.drain()
    assert bench.receiver.types() == AT_ONCE + LATER + BEGUN
    assert await bench.balance() == 3 - 500 - 1500
    dispute = bench.receiver.last("charge.dispute.created")["data"]["object"]
    charge = await bench.stripe().retrieve_charge(dispute["charge"])
    assert charge.disputed
    [told] = await bench.stripe().disputes_of(dispute["charge"])
    assert (told.dispute_id, told.taken.minor, told.cost.minor) == (dispute["id"], 500, 1500)
    assert charge.transferred, "the payee keeps the transfer until the platform reverses it"


@pytest.mark.parametrize(
    ("won", "lost", "told"),
    [
        (True, (0, 0), ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        (False, (500, 1500), ["charge.dispute.closed"]),
    ],
)
async def test_a_dispute_ends(
    bench: Bench, won: bool, lost: tuple[int, int], told: list[str]
) -> None:
    session = await bench.checkout()
    await bench.pay(session)
    charge = await bench.charge_of(session)
    path = f"charges/{charge}/dispute"
    assert (await bench.control(path)).status_code == 400, "not settled yet"
    await bench.drain()
    begun = (await bench.control(path)).json()
    assert (await bench.control(path)).status_code == 400, "only once"
    ended = (await bench.control(path, won=won)).json()
    assert (ended["id"], ended["status"]) == (begun["id"], "won" if won else "lost")
    assert (await bench.control(path, won=won)).status_code == 400
    await bench.drain()
    assert bench.receiver.types()[-len(told) :] == told
    assert await bench.balance() == 3 - sum(lost)
    [found] = await bench.stripe().disputes_of(charge)
    assert (found.taken.minor, found.cost.minor) == lost
    read = await bench.api("GET", f"/v1/disputes/{begun['id']}")
    assert read.json()["status"] == ended["status"]
