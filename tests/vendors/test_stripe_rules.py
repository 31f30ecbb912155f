"""Rules of Stripe's that need no network: statement descriptors and regions."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from djplatform.sandbox.stripe import regions
from djplatform.vendors.stripe.descriptor import region, statement_suffix

PREFIXES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=22)


@pytest.mark.feature("92/statement")
@given(st.text(max_size=60), PREFIXES)
@example("", "TIPJAR")
@example("* * *", "TIPJAR")
@example("DJ 電気", "DJDASH")
@example("DJ \\ 'X' <b>", "M10DJ")
@example("1234567890123456789012", "LONGPREFIX")
def test_any_name_becomes_a_suffix_that_stripe_takes(name: str, prefix: str) -> None:
    suffix = statement_suffix(name, prefix)
    assert 5 <= len(f"{prefix[:10]}* {suffix}") <= 22
    assert suffix.isascii()
    assert not set(suffix) & set("<>\\'\"*")
    assert any(letter.isalpha() for letter in suffix)
    assert suffix == suffix.strip()
    assert unicodedata.is_normalized("NFC", suffix)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("DJ Tést", "DJ TEST"), ("Jay   Martell", "JAY MARTELL"), ("Straße", "STRASSE"),
     ("DJ Übermäßig Lang Benannt", "DJ UBERMASSIG"), ("電気", "TIP"), ("808", "TIP 808")],
)  # fmt: skip
def test_names_stay_readable(name: str, suffix: str) -> None:
    assert statement_suffix(name, "TIPJAR") == suffix


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2))
def test_adapter_and_simulator_know_the_same_regions(country: str) -> None:
    assert (region(country) == "EUROPE") is (regions.region(country) == "europe")


def test_regions() -> None:
    assert region("de") == region("GB") == region("CH")
    assert len({region("US"), region("CA"), region("AU"), region("DE")}) == 4
