"""Stripe's objects as Stripe shows them in its own samples, and as nothing promises them to be."""

from typing import Any

import pytest

from djplatform.core.money import Money, UnsupportedCurrency
from djplatform.vendors.stripe import reading
from djplatform.vendors.stripe.port import Capability
from tests.contracts.contract import stripe_fixtures

REFUNDS = {"object": "list", "has_more": False, "data": [], "url": "/v1/x"}


def sample(name: str, **changes: Any) -> dict[str, Any]:
    return dict(stripe_fixtures()[name]) | changes


NOT_YET = dict.fromkeys(("balance_transaction", "transfer", "application_fee"))


def charge(**changes: Any) -> dict[str, Any]:
    """Stripe's sample as we read it: with its parts expanded, or null."""
    return sample("charge", refunds=REFUNDS) | NOT_YET | changes


def test_a_session_of_stripes_own() -> None:
    found = sample("checkout.session", amount_total=500, currency="usd")
    session = reading.checkout_session(found)
    assert (session.session_id, session.amount) == (found["id"], Money(500, "USD"))
    for name in ("url", "payment_intent"):
        bare = {key: value for key, value in found.items() if key != name}
        assert reading.checkout_session(bare) == reading.checkout_session(found | {name: None})
    expanded = found | {"payment_intent": {"id": "pi_1"}, "something_new": {"x": 1}}
    assert reading.checkout_session(expanded).payment_intent_id == "pi_1"


def test_a_charge_of_which_nothing_is_known_yet() -> None:
    nothing = dict.fromkeys(("application_fee_amount", "metadata", "payment_intent"))
    early = reading.charge_detail(charge(**nothing))
    assert (early.balance, early.transferred, early.application_fee, early.fee_asked) == (None,) * 4
    assert (early.reversed, early.fee_refunded, early.metadata) == (None, None, {})


def test_a_charge_with_everything() -> None:
    whole = reading.charge_detail(
        charge(
            balance_transaction=sample("balance_transaction", fee=45, currency="usd"),
            transfer=sample("transfer", amount=500, amount_reversed=200, currency="usd"),
            application_fee=sample("application_fee", amount=48, amount_refunded=19),
            application_fee_amount=48,
        )
    )
    assert whole.balance
    assert whole.balance.fee == Money(45, "USD")
    assert (whole.transferred, whole.reversed) == (Money(500, "USD"), Money(200, "USD"))
    assert whole.application_fee
    assert (whole.application_fee.minor, whole.fee_asked) == (48, Money(48, whole.amount.currency))


def test_failed_refunds_and_very_many() -> None:
    one = {"amount": 100, "failure_balance_transaction": None}
    failed = {"amount": 50, "failure_balance_transaction": "txn_1"}
    some = REFUNDS | {"data": [one, failed, {"amount": 7}]}
    assert reading.charge_detail(charge(refunds=some)).refunded.minor == 107
    many = charge(refunds=some | {"has_more": True}, amount_refunded=1234)
    assert reading.charge_detail(many).refunded.minor == 1234


def test_an_inquiry_has_taken_nothing() -> None:
    found = reading.dispute(sample("dispute", balance_transactions=[], currency="usd"))
    assert (found.taken, found.cost) == (Money(0, "USD"), Money(0, "USD"))


@pytest.mark.parametrize(
    ("status", "capability", "ready"),
    [
        ("active", Capability.ACTIVE, True),
        ("pending", Capability.PENDING, False),
        ("something_new", Capability.RESTRICTED, False),
    ],
)
def test_a_capability_that_is_newer_than_we_are_does_not_work(
    status: str, capability: Capability, ready: bool
) -> None:
    transfers = {"stripe_balance": {"stripe_transfers": {"status": status}}}
    account = {"id": "acct_1", "configuration": {"recipient": {"capabilities": transfers}}}
    found = reading.account_status(account)
    assert (found.transfers, found.ready) == (capability, ready)
    assert (found.card_payments, found.requirements_due) == (Capability.ABSENT, ())
    assert not reading.account_status(account | {"closed": True}).ready


def test_no_currency_is_guessed() -> None:
    with pytest.raises(UnsupportedCurrency):
        reading.money(500, "kwd")
    with pytest.raises(KeyError):
        reading.charge_detail({name: v for name, v in charge().items() if name != "currency"})
