"""Money: whole minor units beside a currency, one rounding rule, one parser, one formatter.

Decimals exist only in what a person types and reads. Everything between is an integer number of
minor units (cents, pence, or whole yen), so that two parts of the system cannot disagree by a cent.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from babel.numbers import format_currency, get_currency_symbol

from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t

# Currencies that Stripe takes without decimals: https://docs.stripe.com/currencies#zero-decimal
_ZERO_DECIMAL = frozenset(
    {
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "JPY",
        "KMF",
        "KRW",
        "MGA",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    }
)
# Minor units are thousandths there, and Stripe rounds them in its own way: refused until needed.
_THREE_DECIMAL = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_CODE = re.compile(r"[A-Z]{3}")
_PLAIN = re.compile(r"(?P<whole>[0-9]{1,3}(?: [0-9]{3})+|[0-9]+)(?:[.,](?P<fraction>[0-9]*))?")
_GROUPED = re.compile(
    r"(?P<whole>[0-9]{1,3}(?P<by>[,.])[0-9]{3}(?:(?P=by)[0-9]{3})*)(?!(?P=by))[.,](?P<fraction>[0-9]{1,2})"
)
_GROUPED_WHOLE = re.compile(r"[0-9]{1,3}(?:(?:,[0-9]{3})+|(?:\.[0-9]{3})+)")

MAX_MINOR = 99_999_999
"""The largest amount that a charge may have (Stripe takes eight digits)."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies cannot be added or compared."""


class UnsupportedCurrency(ValueError):
    """Not a currency that this product can count in."""


def zero_decimal(currency: str) -> bool:
    """Whether one minor unit of the currency is one whole unit, as with the yen."""
    return currency in _ZERO_DECIMAL


def exponent(currency: str) -> int:
    """How many decimals the currency shows: 0 or 2."""
    return 0 if zero_decimal(currency) else 2


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency. May be negative: a loss, a debt."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse floats and currencies that would be counted wrongly."""
        if type(self.minor) is not int:
            raise TypeError("Money is a whole number of minor units.")
        if not _CODE.fullmatch(self.currency) or self.currency in _THREE_DECIMAL:
            raise UnsupportedCurrency(self.currency)

    def _same(self, other: Self) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: Self) -> "Money":
        """The sum of two amounts of one currency."""
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> "Money":
        """The difference of two amounts of one currency."""
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        """The same amount the other way round."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        """Less, within one currency."""
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        """Less or equal, within one currency."""
        return self.minor <= self._same(other)

    def __gt__(self, other: Self) -> bool:
        """More, within one currency."""
        return self.minor > self._same(other)

    def __ge__(self, other: Self) -> bool:
        """More or equal, within one currency."""
        return self.minor >= self._same(other)

    def decimal(self) -> Decimal:
        """The amount in whole units, exactly, for views and forms."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def plain(self) -> str:
        """The amount as digits alone, as a form field holds it: 5.00."""
        return f"{self.decimal():.{exponent(self.currency)}f}"

    def format(self, locale: str = "en") -> str:
        """The amount as people of that locale write it, with its currency."""
        return format_currency(self.decimal(), self.currency, locale=locale)


class AmountText:
    """The text of one of a view's amounts, ready to show: `net_text = AmountText("net")`."""

    def __init__(self, amount: str) -> None:
        self._amount = amount

    def __get__(self, view: object, owner: type | None = None) -> str:
        """The amount as people write it, with its currency."""
        amount: Money = getattr(view, self._amount)
        return amount.format()


def round_half_away(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, halves away from zero: the one rounding rule."""
    if denominator == 0:
        raise ZeroDivisionError("A share of nothing has no size.")
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    top, bottom = abs(numerator), abs(denominator)
    return sign * ((2 * top + bottom) // (2 * bottom))


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide whole minor units by weights so that the parts sum to the whole exactly.

    Each part is the difference of two rounded running totals, so no part is off by more than one
    unit and the last one never has to swallow what the others lost.

    Raises:
        ValueError: no weight, a negative one, or only zeros.
    """
    if not weights or min(weights) < 0 or sum(weights) == 0:
        raise ValueError("A split needs weights of which at least one is positive.")
    whole = sum(weights)
    parts: list[int] = []
    seen, given = 0, 0
    for weight in weights:
        seen += weight
        upto = round_half_away(total * seen, whole)
        parts.append(upto - given)
        given = upto
    return parts


def parse_amount(text: str, currency: str) -> Money:
    """The amount that a person typed, in the given currency.

    "5", "5.00", "5,00", " 5 " and the amount with the currency's own sign or code are understood.
    A sign of another currency is refused rather than charged in ours.

    Raises:
        InvalidInput: with a sentence under `amount`.
    """
    shown = unicodedata.normalize("NFKC", text).strip()
    if not shown:
        raise InvalidInput(amount=t("Please type an amount."))
    if len(shown) > 40:
        raise InvalidInput(amount=t("That amount is too long to be one."))
    minor = _to_minor(_without_sign(shown, currency), currency)
    if minor <= 0:
        raise InvalidInput(amount=t("The amount must be more than zero."))
    if minor > MAX_MINOR:
        most = Money(MAX_MINOR, currency).format()
        raise InvalidInput(amount=t("That is more than {most}, the most we can take.", most=most))
    return Money(minor, currency)


def _without_sign(shown: str, currency: str) -> str:
    """Take the currency's own sign or code off either end."""
    symbol = get_currency_symbol(currency, locale="en")
    signs = {symbol, currency, currency.lower()}
    if not symbol[-1].isalpha():
        signs.add(symbol[-1])  # people write "$5" where the precise sign is "CA$"
    for sign in sorted(signs, key=len, reverse=True):
        if shown.startswith(sign):
            return shown.removeprefix(sign).strip()
        if shown.endswith(sign):
            return shown.removesuffix(sign).strip()
    return shown


def _to_minor(digits: str, currency: str) -> int:
    """Minor units of plain digits with an optional decimal point or comma."""
    if digits.startswith(("-", "−")):
        raise InvalidInput(amount=t("The amount must be more than zero."))
    places = exponent(currency)
    grouped, plain = _GROUPED.fullmatch(digits), _PLAIN.fullmatch(digits)
    if grouped:
        whole, fraction = re.sub("[,.]", "", grouped["whole"]), grouped["fraction"]
    elif places == 0 and _GROUPED_WHOLE.fullmatch(digits):
        whole, fraction = re.sub("[,.]", "", digits), ""
    elif plain:
        whole, fraction = plain["whole"].replace(" ", ""), plain["fraction"] or ""
    else:
        raise InvalidInput(amount=t("Please type the amount in digits, like 5 or 5.00."))
    # "1,000" is refused too: it is a thousand to some people and one to others.
    if len(fraction) > 2 or fraction[places:].strip("0"):
        raise InvalidInput(amount=_too_fine(places))
    return int(whole) * 10**places + int(fraction[:places].ljust(places, "0") or "0")


def _too_fine(places: int) -> str:
    if places == 0:
        return t("This currency has no decimals. Please type a whole amount.")
    return t("Please use at most two decimals, like 5.00.")
