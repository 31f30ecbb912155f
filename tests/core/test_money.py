"""Money: what people type, what they read, and that no cent is made or lost."""

import operator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.errors import InvalidInput
from djplatform.core.money import (
    MAX_MINOR,
    CurrencyMismatch,
    Money,
    UnsupportedCurrency,
    parse_amount,
    round_half_away,
    split,
    zero_decimal,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("5", "GBP", 500),
        ("5.00", "GBP", 500),
        ("5,00", "GBP", 500),
        (" 5 ", "GBP", 500),
        ("£5", "GBP", 500),
        ("5 £", "GBP", 500),
        ("£ 5.5", "GBP", 550),
        ("5.", "GBP", 500),
        ("5 GBP", "GBP", 500),
        ("5 eur", "EUR", 500),
        ("$5", "USD", 500),
        ("$5", "CAD", 500),
        ("CA$5", "CAD", 500),
        ("CHF 5", "CHF", 500),
        ("€12,34", "EUR", 1234),
        ("1,234.50", "USD", 123450),
        ("1.234,50", "EUR", 123450),
        ("1 234,50", "EUR", 123450),
        ("５", "GBP", 500),
        ("0.01", "GBP", 1),
        ("500", "JPY", 500),
        ("500.00", "JPY", 500),
        ("¥500", "JPY", 500),
        ("¥1,000", "JPY", 1000),
    ],
)
def test_amounts_as_people_type_them(text: str, currency: str, minor: int):
    assert parse_amount(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("five", "digits"),
        ("", "type an amount"),
        ("   ", "type an amount"),
        ("0", "more than zero"),
        ("0.00", "more than zero"),
        ("-5", "more than zero"),
        ("−5", "more than zero"),
        ("5.001", "two decimals"),
        ("1,000", "two decimals"),
        ("1000000", "the most we can take"),
        ("9" * 400, "too long"),
        ("NaN", "digits"),
        ("inf", "digits"),
        ("1e3", "digits"),
        ("0x10", "digits"),
        ("5 5", "digits"),
        ("1,234,50", "digits"),
        ("$5", "digits"),
        ("<b>5</b>", "digits"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(text: str, says: str):
    with pytest.raises(InvalidInput) as refused:
        parse_amount(text, "GBP")
    assert list(refused.value.fields) == ["amount"]
    assert says in refused.value.fields["amount"]


def test_a_currency_without_decimals_takes_none():
    with pytest.raises(InvalidInput, match="no decimals"):
        parse_amount("5.50", "JPY")


@given(st.integers(1, MAX_MINOR), st.sampled_from(["USD", "GBP", "EUR", "JPY"]))
def test_what_is_shown_in_a_field_reads_back_as_the_same_amount(minor: int, currency: str):
    money = Money(minor, currency)
    assert parse_amount(money.plain(), currency) == money
    assert parse_amount(money.plain().replace(".", ","), currency) == money
    assert parse_amount(money.format(), currency) == money


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_a_sentence(text: str):
    try:
        money = parse_amount(text, "EUR")
    except InvalidInput:
        return
    assert 0 < money.minor <= MAX_MINOR


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_rounding_agrees_with_decimal_half_up(numerator: int, denominator: int):
    exact = Decimal(numerator) / Decimal(denominator)
    # Decimal calls "half away from zero" ROUND_HALF_UP; 28 digits are plenty here.
    assert round_half_away(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(5, 2, 3), (-5, 2, -3), (5, -2, -3), (-5, -2, 3), (4, 3, 1), (0, 7, 0), (1, 2, 1)],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, rounded: int):
    assert round_half_away(numerator, denominator) == rounded


def test_a_share_of_nothing_is_an_error():
    with pytest.raises(ZeroDivisionError):
        round_half_away(1, 0)


@given(
    st.integers(-(10**9), 10**9),
    st.lists(st.integers(0, 10**4), min_size=1, max_size=12).filter(lambda w: sum(w) > 0),
)
def test_parts_sum_to_the_whole_and_are_fair(total: int, weights: list[int]):
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Decimal(total) * weight / sum(weights)) <= 1


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_a_split_without_shares_is_refused(weights: list[int]):
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


def test_instructors_share_of_a_course():
    assert split(9999, [70, 30]) == [6999, 3000]


@pytest.mark.feature("C4")
@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(500, "USD"), "en", "$5.00"),
        (Money(123450, "GBP"), "en", "£1,234.50"),
        (Money(123450, "EUR"), "fr", "1\u202f234,50\xa0€"),
        (Money(500, "JPY"), "en", "¥500"),
        (Money(-452, "USD"), "en", "-$4.52"),
    ],
)
def test_money_is_shown_in_its_currencys_manner(money: Money, locale: str, text: str):
    assert money.format(locale) == text


def test_zero_decimal_currencies_are_a_table():
    assert zero_decimal("JPY")
    assert zero_decimal("KRW")
    assert not zero_decimal("USD")


def test_arithmetic_stays_in_one_currency():
    assert Money(500, "USD") + Money(2, "USD") - Money(50, "USD") == Money(452, "USD")
    assert -Money(5, "USD") < Money(0, "USD") <= Money(0, "USD")
    assert Money(6, "USD") > Money(5, "USD") >= Money(5, "USD")
    for act in (operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(CurrencyMismatch):
            act(Money(1, "USD"), Money(1, "EUR"))


@pytest.mark.parametrize("currency", ["usd", "US", "", "KWD", "DOLLAR"])
def test_currencies_we_cannot_count_in_are_refused(currency: str):
    with pytest.raises(UnsupportedCurrency):
        Money(1, currency)


@pytest.mark.parametrize("minor", [1.0, "1", True, None])
def test_only_whole_numbers_are_money(minor: object):
    with pytest.raises(TypeError):
        Money(minor, "USD")  # pyright: ignore[reportArgumentType]
