"""What a tip may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.errors import InvalidInput
from djplatform.core.money import MAX_MINOR, Money
from djplatform.features.crowd import rules
from djplatform.features.crowd.rules import TipStatus
from djplatform.features.payments.service import least_charge

POUNDS = rules.default_limits(Money(30, "GBP"))
CURRENCIES = ["GBP", "USD", "EUR", "JPY", "SEK", "CZK", "HUF", "MXN", "INR", "HKD", "PLN"]


@pytest.mark.feature("169/defaults")
def test_the_defaults_are_the_named_ones() -> None:
    assert [p.format() for p in POUNDS.presets] == [
        "£5.00",
        "£10.00",
        "£20.00",
        "£50.00",
        "£100.00",
    ]
    assert (POUNDS.least.format(), POUNDS.most.format()) == ("£1.00", "£1,000.00")


@pytest.mark.parametrize("currency", CURRENCIES)
def test_what_is_offered_can_be_paid_in_every_currency(currency: str) -> None:
    limits = rules.default_limits(least_charge(currency))
    assert least_charge(currency) <= limits.least < limits.presets[0]
    assert limits.presets[-1] < limits.most
    assert limits.most.minor <= MAX_MINOR
    assert len(set(limits.presets)) == 5


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("5", 500), ("5.00", 500), ("5,00", 500), (" £7.50 ", 750), ("1", 100), ("1000", 100_000)],
)
def test_amounts_as_people_type_them(typed: str, minor: int) -> None:
    assert rules.check_amount(typed, POUNDS) == Money(minor, "GBP")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("0", "more than zero"),
        ("-5", "amount"),
        ("0.99", "smallest tip here is £1.00"),
        ("1000.01", "largest tip here is £1,000.00"),
        ("five", "digits"),
        ("", "type an amount"),
        ("1e3", "digits"),
        ("٥", "digits"),
        ("5" * 10_000, "too long"),
        ("5.005", "two decimals"),
        ("$5", ""),
        ("<b>5</b>", "digits"),
        ("5\x00", "digits"),
    ],
)
def test_other_amounts_are_refused_in_words(typed: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_amount(typed, POUNDS)
    assert says in refused.value.fields["amount"]


def test_each_wrong_field_is_named_with_its_limit() -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_tip("five", "x" * 10_000, "y" * 10_000, POUNDS)
    assert set(refused.value.fields) == {"amount", "guest_name", "message"}
    assert "at most 60 characters. This has 10000" in refused.value.fields["guest_name"]
    assert "at most 300 characters" in refused.value.fields["message"]


@given(st.text(), st.text(max_size=80), st.text(max_size=400))
def test_what_passes_fits_the_table(amount: str, name: str, message: str) -> None:
    try:
        text = rules.check_tip(amount, name, message, POUNDS)
    except InvalidInput:
        return
    assert POUNDS.least <= text.amount <= POUNDS.most
    assert len(text.guest_name) <= rules.NAME_MOST
    assert len(text.message) <= rules.MESSAGE_MOST


@given(st.integers(100, 100_000))
def test_every_amount_between_the_limits_is_taken(minor: int) -> None:
    amount = Money(minor, "GBP")
    assert rules.check_amount(amount.plain(), POUNDS) == amount


@given(st.lists(st.sampled_from(TipStatus)))
def test_a_paid_tip_stays_paid(states: list[TipStatus]) -> None:
    now = TipStatus.CREATED
    for then in states:
        before, now = now, rules.after(now, then)
        assert rules.after(before, now) == now
    assert (now is TipStatus.PAID) == (TipStatus.PAID in states)


@given(st.text(max_size=8), st.text(max_size=8), st.lists(st.text(max_size=8), max_size=8))
def test_settings_that_pass_hold_together(least: str, most: str, presets: list[str]) -> None:
    try:
        limits = rules.check_limits(least, most, presets, Money(30, "GBP"))
    except InvalidInput:
        return
    assert Money(30, "GBP") <= limits.least <= limits.presets[0]
    assert limits.presets[-1] <= limits.most


@given(st.lists(st.integers(100, 10_000), min_size=1, max_size=6), st.randoms())
def test_offers_between_the_limits_are_kept_in_order_and_once(minors: list[int], random) -> None:
    typed = [Money(minor, "GBP").plain() for minor in minors] + [" "]
    random.shuffle(typed)
    limits = rules.check_limits("1", "100", typed, Money(30, "GBP"))
    assert [offer.minor for offer in limits.presets] == sorted(set(minors))


@pytest.mark.parametrize(
    ("least", "most", "presets", "fields"),
    [
        ("0.10", "100", ["5"], {"least"}),
        ("5", "4", ["5"], {"most"}),
        ("1", "100", [], {"presets"}),
        ("1", "100", ["", " "], {"presets"}),
        ("1", "100", ["5", "500"], {"presets.1"}),
        ("5", "100", ["4.99", "", "100.01", "5", "100"], {"presets.0", "presets.2"}),
        ("1", "100", ["1", "2", "3", "4", "5", "6", "7"], {"presets"}),
        ("one", "100", ["5", "", "x", "500"], {"least", "presets.2"}),
    ],
)
def test_settings_that_do_not_hold_together_are_refused(least, most, presets, fields) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_limits(least, most, presets, Money(30, "GBP"))
    assert set(refused.value.fields) == fields


def test_an_offer_outside_the_limits_is_told_both_of_them() -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_limits("1", "100", ["500"], Money(30, "GBP"))
    assert refused.value.fields["presets.0"] == "Please stay between £1.00 and £100.00."
