"""No secret and no card number gets into a log."""

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from djplatform.core.logging import REMOVED, _luhn, configure, scrub, scrub_text

CARDS = [
    "4242424242424242",
    "4242 4242 4242 4242",
    "4000-0025-0000-3155",
    "5555555555554444",
    "378282246310005",
    "6011111111111117",
]


@pytest.mark.feature(34)
@pytest.mark.parametrize("card", CARDS)
def test_a_card_number_is_removed_wherever_it_stands(card):
    for value in (card, f"paid with {card}.", {"note": [f"<{card}>"]}, (card,)):
        assert card not in json.dumps(scrub(value))
    assert scrub({"number": 4242424242424242}) == {"number": REMOVED}


@pytest.mark.parametrize(
    "harmless",
    [
        "pi_3QabcDEF4242424242424242",
        "cs_test_a1B2c3",
        "acct_1NZabc",
        "01a1fe2a-c4fa-7057-9397-6559fc08171f",
        "1732190400000",
        "2026-11-21T12:52:58.244757Z",
        "4242424242424243",
        "+44 20 7946 0958",
        "GBP 4242.42",
    ],
)
def test_ids_times_and_amounts_stay(harmless):
    assert scrub_text(harmless) == harmless


@given(st.integers(min_value=2 * 10**14, max_value=6 * 10**14))
def test_every_number_with_a_right_check_digit_is_removed(front):
    digits = next(f"{front}{last}" for last in range(10) if _luhn(f"{front}{last}"))
    assert scrub_text(f"x {digits} y") == f"x {REMOVED} y"


@pytest.mark.feature("43/logs")
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key sk_test_51HxFakeFakeFakeFake used", "51HxFake"),
        ("rk_live_abcdefghijklmnop", "abcdefgh"),
        ("whsec_abcDEF123+/=", "abcDEF"),
        ("re_AbCd1234_EfGh5678IjKl", "EfGh5678"),
        ("pi_3Qx_secret_abcdefghijklmnop", "abcdefgh"),
        ("Authorization: Bearer abc.def-ghi", "abc.def"),
        ("Cookie: theme=dark; __Host-sid=verysecret; did=abc.sig", "verysecret"),
        ("did=0190.signature", "0190.signature"),
        ("/reset?token=abcdef&x=1", "abcdef"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIi"),
        ("postgresql://djp_web:hunter2@127.0.0.1/djp", "hunter2"),
    ],
)
def test_secrets_are_removed_from_texts(text, secret):
    assert secret not in scrub_text(text)
    assert REMOVED in scrub_text(text)


@pytest.mark.feature("43/logs")
@pytest.mark.parametrize(
    "name",
    ["password", "new_password", "Set-Cookie", "AUTHORIZATION", "api_key", "sid", "client_secret"],
)
def test_what_is_named_a_secret_is_removed_whatever_it_looks_like(name):
    assert scrub({"deep": [{name: "plain words"}]}) == {"deep": [{name: REMOVED}]}


def test_shapes_stay_and_strange_objects_become_text():
    class Card:
        def __repr__(self) -> str:
            return "Card(4242424242424242)"

    value = {"n": 3, "f": 1.5, "none": None, "yes": True, "b": b"4242424242424242", "card": Card()}
    found = scrub(value)
    assert (found["n"], found["f"]) == (3, 1.5)
    assert found["none"] is None
    assert found["yes"] is True
    assert found["b"] == REMOVED
    assert "4242" not in found["card"]


def test_what_is_nested_without_end_is_cut():
    endless: dict = {}
    endless["x"] = endless
    assert REMOVED in str(scrub(endless))


@pytest.fixture
def fresh_logging(environment):
    """Puts the loggers back as they were; the test configures them while its output is caught."""
    environment(DJP_LOG_JSON="true")
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    yield
    logging.getLogger().handlers, logging.getLogger().level = handlers, level
    structlog.reset_defaults()


@pytest.mark.feature(34)
def test_log_lines_of_ours_and_of_libraries_are_scrubbed(fresh_logging, capsys):
    configure("web")
    structlog.get_logger("ours").info("paid", card="4242 4242 4242 4242", payment="pi_3Qabc")
    logging.getLogger("theirs").warning("charging %s with %s", CARDS[3], "sk_live_abcdefgh12")
    try:
        raise ValueError("token=abcdef " + CARDS[0])
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    text = json.dumps(lines)
    assert [line["event"] for line in lines][::2] == ["paid", "failed"]
    assert lines[0]["payment"] == "pi_3Qabc"
    assert all(line["process"] == "web" for line in lines)
    for secret in ("4242", "5555", "sk_live_abc", "abcdef "):
        assert secret not in text
    assert "ValueError" in lines[2]["exception"]
