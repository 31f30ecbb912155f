"""Refunds of the dashboard: who gives back what, in parts, and when the payer's bank refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.money import Money
from djplatform.sandbox.stripe.arithmetic import share_of_fee
from tests.sandbox.conftest import Bench
from tests.sandbox.test_tip_path import AT_ONCE, LATER

ALL = {"reverse_transfer": True, "refund_application_fee": True}


async def paid(bench: Bench) -> str:
    """A settled tip of 5.00 of which Stripe took 0.45 and we took 0.48; its charge."""
    session = await bench.checkout()
    await bench.pay(session)
    await bench.drain()
    return await bench.charge_of(session)


@pytest.mark.parametrize(
    ("asked", "balance", "told"),
    [
        ({}, 3 - 500, ["refund.created", "charge.refunded"]),
        (
            {"reverse_transfer": True},
            3,
            ["refund.created", "charge.refunded", "transfer.reversed"],
        ),
        (
            ALL,
            3 - 48,
            [
                "refund.created",
                "charge.refunded",
                "transfer.reversed",
                "application_fee.refunded",
            ],
        ),
    ],
)
async def test_a_refund_takes_from_whom_it_says(
    bench: Bench, asked: dict[str, bool], balance: int, told: list[str]
) -> None:
    charge = await paid(bench)
    refund = (await bench.control(f"charges/{charge}/refund", **asked)).json()
    assert (refund["amount"], refund["status"]) == (500, "succeeded")
    await bench.drain()
    assert bench.receiver.types() == AT_ONCE + LATER + told
    assert await bench.balance() == balance
    read = await bench.stripe().retrieve_charge(charge)
    given_back = (read.refunded, read.reversed, read.fee_refunded)
    parts = (True, "reverse_transfer" in asked, "refund_application_fee" in asked)
    whole = (500, 500, 48)
    assert given_back == tuple(
        Money(amount if part else 0, "USD") for amount, part in zip(whole, parts, strict=True)
    )


async def test_parts_sum_to_the_whole_and_no_more(bench: Bench) -> None:
    charge = await paid(bench)
    fees = []
    for amount in (167, 167, 166):
        assert (await bench.control(f"charges/{charge}/refund", amount=amount, **ALL)).is_success
        read = await bench.stripe().retrieve_charge(charge)
        assert read.fee_refunded
        fees.append(read.fee_refunded.minor)
    assert fees == [16, 32, 48]
    for amount in (1, 0, -1):
        assert (await bench.control(f"charges/{charge}/refund", amount=amount)).status_code == 400
    assert await bench.balance() == 3 - 48


async def test_a_refund_that_fails_brings_the_platforms_money_back(bench: Bench) -> None:
    charge = await paid(bench)
    refund = (await bench.control(f"charges/{charge}/refund", amount=200)).json()
    assert (await bench.control(f"refunds/{refund['id']}/fail")).json()["status"] == "failed"
    assert (await bench.control(f"refunds/{refund['id']}/fail")).status_code == 400
    await bench.drain()
    assert bench.receiver.types()[-1] == "refund.failed"
    assert await bench.balance() == 3
    assert (await bench.stripe().retrieve_charge(charge)).refunded == Money(0, "USD")


async def test_what_is_not_settled_or_disputed_is_not_refunded(bench: Bench) -> None:
    session = await bench.checkout()
    await bench.pay(session)
    charge = await bench.charge_of(session)
    assert (await bench.control(f"charges/{charge}/refund")).status_code == 400
    await bench.drain()
    await bench.control(f"charges/{charge}/dispute")
    assert (await bench.control(f"charges/{charge}/refund")).status_code == 400
    for path in ("charges/ch_none/refund", "refunds/re_none/fail"):
        assert (await bench.control(path)).status_code == 404


async def test_a_dispute_is_about_what_was_not_refunded(bench: Bench) -> None:
    charge = await paid(bench)
    await bench.control(f"charges/{charge}/refund", amount=200)
    assert (await bench.control(f"charges/{charge}/dispute")).json()["amount"] == 300


@given(st.integers(0, 10_000), st.lists(st.integers(1, 5_000), min_size=1, max_size=8))
def test_the_fees_of_partial_refunds_sum_to_the_fee(fee: int, parts: list[int]) -> None:
    amount, refunded, shares = sum(parts), 0, [0]
    for part in parts:
        refunded += part
        shares.append(share_of_fee(fee, refunded, amount))
    assert shares == sorted(shares)
    assert shares[-1] == fee
