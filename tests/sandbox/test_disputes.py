"""Disputes: what Stripe takes from the platform, and gives back when the platform wins."""

import pytest

from tests.sandbox.conftest import Bench
from tests.sandbox.test_tip_path import AT_ONCE, LATER

BEGUN = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


async def _balance(bench: Bench) -> int:
    return (await bench.api("GET", "/v1/balance")).json()["available"][0]["amount"]


async def test_the_disputed_card_is_paid_first_and_disputed_after_it_settled(bench: Bench) -> None:
    await bench.pay(await bench.checkout(), number="4000 0000 0000 0259")
    await bench.drain()
    assert bench.receiver.types() == AT_ONCE + LATER + BEGUN
    assert await _balance(bench) == 3 - 500 - 1500
    dispute = bench.receiver.last("charge.dispute.created")["data"]["object"]
    charge = await bench.stripe().retrieve_charge(dispute["charge"])
    assert charge.disputed
    assert charge.transferred, "the payee keeps the transfer until the platform reverses it"


@pytest.mark.parametrize(
    ("won", "after", "told"),
    [
        (True, 3, ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        (False, 3 - 500 - 1500, ["charge.dispute.closed"]),
    ],
)
async def test_a_dispute_ends(bench: Bench, won: bool, after: int, told: list[str]) -> None:
    session = await bench.checkout()
    await bench.pay(session)
    intent = (await bench.stripe().retrieve_checkout(session.session_id)).payment_intent_id
    early = await bench.stripe().charge_of(intent)
    assert early
    path = f"charges/{early.charge_id}/dispute"
    assert (await bench.control(path)).status_code == 400, "not settled yet"
    await bench.drain()
    begun = (await bench.control(path)).json()
    assert (await bench.control(path)).status_code == 400, "only once"
    ended = (await bench.control(path, won=won)).json()
    assert (ended["id"], ended["status"]) == (begun["id"], "won" if won else "lost")
    assert (await bench.control(path, won=won)).status_code == 400
    await bench.drain()
    assert bench.receiver.types()[-len(told) :] == told
    assert await _balance(bench) == after
    read = await bench.api("GET", f"/v1/disputes/{begun['id']}")
    assert read.json()["status"] == ended["status"]
