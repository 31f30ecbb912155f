"""Stripe's arithmetic for destination charges: nothing is made and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.sandbox.stripe.arithmetic import processor_fee, split

AMOUNTS = st.integers(min_value=50, max_value=99_999_999)


@pytest.mark.parametrize(
    ("amount", "fee"),
    [(500, 45), (1000, 59), (999, 59), (1001, 59), (10_000, 320), (50_000, 1480), (50, 31)],
)
def test_the_processors_fee(amount: int, fee: int) -> None:
    assert processor_fee(amount, 290, 30) == fee


@pytest.mark.parametrize(
    ("amount", "application_fee", "net"),
    [(1000, 65, 6), (10_000, 380, 60), (50_000, 1780, 300), (500, 48, 3)],
)
def test_what_stays_with_the_platform(amount: int, application_fee: int, net: int) -> None:
    parts = split(
        amount,
        fee=processor_fee(amount, 290, 30),
        application_fee=application_fee,
        transfer_amount=None,
        to_connected=True,
    )
    assert parts.platform_net == net
    assert parts.payee_gets == amount - application_fee


def test_a_dear_card_costs_the_platform_more_than_it_earns() -> None:
    dear = processor_fee(10_000, 440, 30)
    parts = split(10_000, fee=dear, application_fee=380, transfer_amount=None, to_connected=True)
    assert parts.platform_net == -90


@given(AMOUNTS, st.data(), st.booleans())
def test_every_unit_is_somewhere(amount: int, data: st.DataObject, by_fee: bool) -> None:
    share = data.draw(st.integers(min_value=0, max_value=amount))
    fee = processor_fee(amount, 290, 30)
    assert 0 <= fee <= amount
    parts = split(
        amount,
        fee=fee,
        application_fee=share if by_fee else None,
        transfer_amount=None if by_fee else amount - share,
        to_connected=True,
    )
    assert parts.payee_gets + parts.platform_net + parts.processor_fee == amount
    assert parts.payee_gets == amount - share
