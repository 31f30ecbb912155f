"""A tip from end to end: Stripe's SDK against the sandbox, and what arrives at our endpoints."""

import pytest

from djplatform.core.money import Money
from tests.sandbox.conftest import Bench

ORDER = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
    "charge.updated",
    "transfer.created",
    "application_fee.created",
]


@pytest.mark.feature("87")
async def test_a_paid_checkout_tells_its_story_in_stripes_order(bench: Bench) -> None:
    session = await bench.checkout()
    assert (session.status, session.payment_status) == ("open", "unpaid")
    answer = await bench.pay(session)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://tipjar.test/paid?s={session.session_id}"
    await bench.drain()
    assert bench.receiver.types() == ORDER
    paid = await bench.stripe().retrieve_checkout(session.session_id)
    assert (paid.status, paid.payment_status, paid.reference) == ("complete", "paid", "pay_1")
    assert paid.amount == Money(500, "USD")
