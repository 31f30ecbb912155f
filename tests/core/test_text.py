"""Text that people type, made fit to keep."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.text import one_line, several_lines

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Priya \t\n Shah ", "Priya Shah"),
        ("a\x00b\x07c", "abc"),
        ("\ud800lone", "lone"),
        ("e\u0301", "é"),
        ("\u202egnp.exe", "gnp.exe"),
        ("👩‍👩‍👧 🎧", "👩‍👩‍👧 🎧"),
        ("שלום مرحبا", "שלום مرحبا"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("<b>hi</b>", "<b>hi</b>"),
    ],
)
def test_a_line_is_kept_without_its_traps(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


def test_a_message_keeps_its_line_breaks_and_at_most_one_empty_line() -> None:
    assert several_lines(" Hi \r\n\r\n\r\n\r\nthere  you\rend ") == "Hi\n\nthere you\nend"


@given(ANYTHING)
def test_what_is_kept_can_be_stored_and_stays_as_it_is(typed: str) -> None:
    for clean in (one_line, several_lines):
        kept = clean(typed)
        kept.encode()  # no lone surrogate
        assert "\x00" not in kept
        assert not {unicodedata.category(c) for c in kept if c != "\n"} & {"Cc", "Cs"}
        assert clean(kept) == kept


@given(ANYTHING)
def test_a_line_is_one_line(typed: str) -> None:
    assert "\n" not in one_line(typed)
