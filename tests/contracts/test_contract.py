"""The validators themselves: that they take what is right and would notice what is wrong."""

import json

import pytest

from tests.contracts.contract import (
    ContractsMissing,
    coerce,
    folder,
    resend_contract,
    stripe_contract,
    stripe_fixtures,
    tree,
)

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "name", ["charge", "payment_intent", "transfer", "application_fee", "balance_transaction"]
)
def test_stripes_own_samples_are_taken(name: str) -> None:
    contract = stripe_contract()
    sample = stripe_fixtures()[name]
    errors = contract._errors(
        {"$ref": f"#/components/schemas/{name}"}, sample, contract._open, name
    )
    assert errors == []


def test_a_misspelt_parameter_is_noticed() -> None:
    body = b"mode=payment&payment_intent_data[transfer_dta][destination]=acct_1&mod=x"
    errors = stripe_contract().request_errors("POST", "/v1/checkout/sessions", "", FORM, body)
    assert any("mod" in error for error in errors)


def test_a_missing_key_and_a_wrong_type_are_noticed() -> None:
    body = b"line_items[0][price_data][unit_amount]=five&line_items[0][price_data][currency]=usd"
    errors = stripe_contract().request_errors("POST", "/v1/checkout/sessions", "", FORM, body)
    assert any("unit_amount" in error for error in errors)
    account = json.dumps({"defaults": {"responsibilities": {"fees_collector": "me"}}}).encode()
    wrong = stripe_contract().request_errors(
        "POST", "/v2/core/accounts", "", "application/json", account
    )
    assert len(wrong) == 2


def test_a_field_that_stripe_does_not_have_is_noticed_in_answers() -> None:
    contract = stripe_contract()
    charge = stripe_fixtures()["charge"] | {"amount_refundd": 1}
    charge.pop("source")
    assert any("amount_refundd" in error for error in contract.object_errors("charge", charge))
    assert contract.object_errors("charge", {}) != []


def test_an_unknown_path_and_a_null_that_may_not_be_are_noticed() -> None:
    contract = stripe_contract()
    assert contract.request_errors("GET", "/v1/nothing", "", "", b"") != []
    session = stripe_fixtures()["checkout.session"] | {"livemode": None}
    assert any("livemode" in e for e in contract.object_errors("checkout.session", session))


def test_resend_wants_a_recipient() -> None:
    body = json.dumps({"from": "a@b.c", "subject": "x"}).encode()
    errors = resend_contract().request_errors("POST", "/emails", "", "application/json", body)
    assert any("'to'" in error for error in errors)


def test_forms_become_trees() -> None:
    assert tree("a[0][b]=1&a[1][b]=2&c=3&e[]=x&e[]=y") == {
        "a": [{"b": "1"}, {"b": "2"}],
        "c": "3",
        "e": ["x", "y"],
    }
    schema = {"properties": {"n": {"type": "integer"}, "t": {"type": "string"}}}
    assert coerce({"n": "5", "t": "5"}, schema) == {"n": 5, "t": "5"}


def test_without_contracts_ci_fails_and_others_skip(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("DJP_CONTRACTS", str(tmp_path / "none"))
    monkeypatch.delenv("CI", raising=False)
    with (
        pytest.warns(ContractsMissing),
        pytest.raises(pytest.skip.Exception, match="NO CONTRACTS"),
    ):
        folder()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="NO CONTRACTS"):
        folder()
