"""Stripe's test cards and what becomes of them (https://docs.stripe.com/testing)."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What happens to a payment by a test card."""

    PAID = "paid"
    CHALLENGE = "challenge"
    DISPUTED = "disputed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class TestCard:
    """A test card; a declined one carries Stripe's words."""

    number: str
    brand: str
    fate: Fate
    label: str
    code: str = ""
    decline_code: str = ""
    message: str = ""

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]


def _declined(number: str, label: str, code: str, decline_code: str, message: str) -> TestCard:
    return TestCard(number, "visa", Fate.DECLINED, label, code, decline_code, message)


CARDS = (
    TestCard("4242424242424242", "visa", Fate.PAID, "Visa, is paid"),
    TestCard("5555555555554444", "mastercard", Fate.PAID, "Mastercard, is paid"),
    TestCard("4000002500003155", "visa", Fate.CHALLENGE, "Asks for 3-D Secure"),
    TestCard("4000000000000259", "visa", Fate.DISPUTED, "Is paid and disputed later"),
    _declined("4000000000000002", "Is declined", "card_declined", "generic_decline",
              "Your card was declined."),
    _declined("4000000000009995", "Has insufficient funds", "card_declined", "insufficient_funds",
              "Your card has insufficient funds."),
    _declined("4000000000000069", "Has expired", "expired_card", "expired_card",
              "Your card has expired."),
    _declined("4000000000000127", "Has a wrong security code", "incorrect_cvc", "incorrect_cvc",
              "Your card's security code is incorrect."),
    _declined("4000000000000119", "Meets a processing error", "processing_error",
              "processing_error",
              "An error occurred while processing your card. Try again in a little bit."),
)  # fmt: skip
_BY_NUMBER = {card.number: card for card in CARDS}

AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment method "
    "and try again."
)
_NOT_A_TEST_CARD = (
    "Your card was declined. Your request was in test mode, but used a non test card. For a list "
    "of valid test cards, visit: https://stripe.com/docs/testing."
)


class CardRefused(Exception):
    """What was typed is no card; `field` names the field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def _luhn(number: str) -> bool:
    doubled = [int(d) * 2 for d in number[-2::-2]]
    return (sum(int(d) for d in number[::-2]) + sum(d - 9 * (d > 9) for d in doubled)) % 10 == 0


def read_card(number: str, expiry: str, cvc: str, *, year: int, month: int) -> TestCard:
    """The test card that was typed; `year` and `month` are today's.

    Raises:
        CardRefused: a field that cannot be used, in Stripe's words.
    """
    digits = re.sub(r"[\s-]", "", number)
    if not digits.isascii() or not digits.isdigit() or not 12 <= len(digits) <= 19:
        raise CardRefused("number", "Your card number is incomplete.")
    if not _luhn(digits):
        raise CardRefused("number", "Your card number is invalid.")
    _check_expiry(expiry, year=year, month=month)
    if not re.fullmatch(r"[0-9]{3,4}", cvc.strip()):
        raise CardRefused("cvc", "Your card's security code is incomplete.")
    if digits not in _BY_NUMBER:
        raise CardRefused("number", _NOT_A_TEST_CARD)
    return _BY_NUMBER[digits]


def _check_expiry(expiry: str, *, year: int, month: int) -> None:
    found = re.fullmatch(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*", expiry)
    if found is None or not 1 <= int(found[1]) <= 12:
        raise CardRefused("expiry", "Your card's expiration date is incomplete.")
    if (2000 + int(found[2]), int(found[1])) < (year, month):
        raise CardRefused("expiry", "Your card's expiration date is in the past.")
