"""What a tip may be: its limits, its words, its states. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from djplatform.core.errors import InvalidInput
from djplatform.core.i18n import t
from djplatform.core.money import MAX_MINOR, Money, parse_amount
from djplatform.core.text import one_line, several_lines

NAME_MOST = 60
MESSAGE_MOST = 300
PRESETS_MOST = 6
"""As many amounts as a phone shows in two rows beside "Other"."""
KEPT_MOST = 12_000
"""What is given back to a form that was refused; more than this nobody types."""

_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_DEFAULT_LEAST = 100
_DEFAULT_MOST = 100_000
_DEFAULT_PRESETS = (500, 1_000, 2_000, 5_000, 10_000)
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


def may_be_slug(text: str) -> bool:
    """Whether an address can be anybody's at all; a NUL, say, cannot even be looked up."""
    return _SLUG.fullmatch(text) is not None


class TipStatus(StrEnum):
    """Where a tip stands; it follows its latest payment."""

    CREATED = "created"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


_RANK = {
    TipStatus.CREATED: 0,
    TipStatus.PENDING: 1,
    TipStatus.EXPIRED: 2,
    TipStatus.FAILED: 2,
    TipStatus.PAID: 3,
}


def after(now: TipStatus, then: TipStatus) -> TipStatus:
    """The state of a tip when one of its payments came to `then`.

    A paid tip stays paid, whatever happens to another attempt to pay for it.
    """
    return then if _RANK[then] > _RANK[now] else now


@dataclass(frozen=True, slots=True)
class TipLimits:
    """What may be tipped in a currency, and what is offered."""

    least: Money
    most: Money
    presets: tuple[Money, ...]

    @property
    def currency(self) -> str:
        """The one currency of all of them."""
        return self.least.currency


def default_limits(least_charge: Money) -> TipLimits:
    """1.00 to 1,000.00, offered 5, 10, 20, 50 and 100.

    Where a unit of money is worth little, all of it is scaled by one round factor until the
    processor takes the least of it: 5.00 kronor are no tip, and cannot be charged.
    """
    scale = next((s for s in _STEPS if _DEFAULT_LEAST * s >= least_charge.minor), _STEPS[-1])
    currency = least_charge.currency

    def scaled(minor: int) -> Money:
        return Money(min(minor * scale, MAX_MINOR), currency)

    return TipLimits(
        scaled(_DEFAULT_LEAST),
        scaled(_DEFAULT_MOST),
        tuple(scaled(minor) for minor in _DEFAULT_PRESETS),
    )


def check_limits(least: str, most: str, presets: list[str], least_charge: Money) -> TipLimits:
    """Limits as a tenant typed them; offers in the order of their size, each once.

    Raises:
        InvalidInput: by field: `least`, `most`, `presets`, and `presets.0` for the first of them.
    """
    errors: dict[str, str] = {}
    low = _typed("least", least, least_charge.currency, errors)
    high = _typed("most", most, least_charge.currency, errors)
    if low and low < least_charge:
        errors["least"] = t(
            "The smallest amount that can be paid is {least}.", least=least_charge.format()
        )
    if low and high and high < low:
        errors["most"] = t("The most must not be less than the least.")
    # Offers are held against limits that can be meant: else they would all be wrong with them.
    bounds = (low, high) if low and high and not errors else None
    offers = _offers(presets, least_charge.currency, bounds, errors)
    if errors or low is None or high is None:
        raise InvalidInput(**errors)
    return TipLimits(low, high, offers)


def _offers(
    typed: list[str], currency: str, bounds: tuple[Money, Money] | None, errors: dict[str, str]
) -> tuple[Money, ...]:
    """The amounts that are offered; what is left empty is none."""
    given = [(f"presets.{place}", text) for place, text in enumerate(typed) if text.strip()]
    if not 1 <= len(given) <= PRESETS_MOST:
        errors["presets"] = t("Please offer one to {most} amounts.", most=PRESETS_MOST)
        return ()
    amounts: set[Money] = set()
    for field, text in given:
        amount = _typed(field, text, currency, errors)
        if amount and bounds and not bounds[0] <= amount <= bounds[1]:
            least, most = (bound.format() for bound in bounds)
            errors[field] = t("Please stay between {least} and {most}.", least=least, most=most)
        if amount:
            amounts.add(amount)
    return tuple(sorted(amounts))


def _typed(field: str, text: str, currency: str, errors: dict[str, str]) -> Money | None:
    try:
        return parse_amount(text, currency)
    except InvalidInput as refused:
        errors[field] = refused.fields["amount"]
        return None


@dataclass(frozen=True, slots=True)
class TipText:
    """A tip as it can be kept."""

    amount: Money
    guest_name: str
    message: str


def check_amount(text: str, limits: TipLimits) -> Money:
    """The amount that was chosen or typed.

    Raises:
        InvalidInput: under `amount`; the sentence names the limit that it passed.
    """
    amount = parse_amount(text, limits.currency)
    if amount < limits.least:
        raise InvalidInput(
            amount=t("The smallest tip here is {least}.", least=limits.least.format())
        )
    if amount > limits.most:
        raise InvalidInput(amount=t("The largest tip here is {most}.", most=limits.most.format()))
    return amount


def check_tip(amount: str, guest_name: str, message: str, limits: TipLimits) -> TipText:
    """A tip as a fan typed it; nothing is cut silently.

    Raises:
        InvalidInput: by field: `amount`, `guest_name`, `message`.
    """
    errors: dict[str, str] = {}
    accepted: Money | None = None
    try:
        accepted = check_amount(amount, limits)
    except InvalidInput as refused:
        errors |= refused.fields
    name, words = one_line(guest_name), several_lines(message)
    for field, text, limit in (
        ("guest_name", name, NAME_MOST),
        ("message", words, MESSAGE_MOST),
    ):
        if len(text) > limit:
            errors[field] = t(
                "Please use at most {limit} characters. This has {length}.",
                limit=limit,
                length=len(text),
            )
    if errors or accepted is None:
        raise InvalidInput(**errors)
    return TipText(accepted, name, words)
