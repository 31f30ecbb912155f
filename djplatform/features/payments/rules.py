"""What a payment costs whom, and which way its state may go. Pure: no clock, no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from djplatform.core.errors import AppError
from djplatform.core.money import Money, round_half_away

BASIS = 10_000
"""Basis points in a whole."""


class SourceType(StrEnum):
    """What is paid for. A fee plan may be for one of them or for all."""

    TIP = "tip"
    REQUEST = "request"
    BOOKING = "booking"
    INVOICE = "invoice"
    PPV = "ppv"
    TICKET = "ticket"
    COURSE = "course"
    SUBSCRIPTION = "subscription"
    STORE = "store"
    LICENCE = "licence"


class Referrer(StrEnum):
    """Who brought the payer."""

    PLATFORM = "platform"
    PAYEE = "payee"
    AFFILIATE = "affiliate"


class FeePayer(StrEnum):
    """From whose side the fee comes."""

    PAYEE = "payee"
    FAN = "fan"
    SPLIT = "split"


class SettlementMode(StrEnum):
    """When the payee's share is theirs: at once, or after a release rule."""

    INSTANT = "instant"
    HOLD = "hold"


class NoFeePlan(AppError):
    """There is no fee plan for this kind of payment yet."""

    status = 409


class LosingPlan(AppError):
    """The platform loses money with this plan. Activate it only with an explicit override."""

    status = 409


class UnknownCovering(ValueError):
    """A plan whose percentage eats every extra cent cannot be covered by the payer."""


@dataclass(frozen=True, slots=True)
class FeePlan:
    """One row of the fee engine. None in a selector means "any"; fixed, least and most are minor.

    The chosen plan is copied onto the payment, so a later change never touches an old payment.
    """

    id: UUID
    name: str
    percent_bp: int
    fixed_minor: int = 0
    min_minor: int = 0
    max_minor: int | None = None
    payer: FeePayer = FeePayer.PAYEE
    settlement: SettlementMode = SettlementMode.INSTANT
    product: str | None = None
    tenant_plan: str | None = None
    organization_id: UUID | None = None
    source_type: SourceType | None = None
    referrer: Referrer | None = None
    currency: str | None = None
    valid_from: datetime | None = None
    """None is the beginning of time; a draft that was never activated is not passed in at all."""

    def frozen(self) -> dict[str, str | int | None]:
        """The figures as they are kept on the payment (JSON)."""
        return {
            "plan_id": str(self.id),
            "name": self.name,
            "percent_bp": self.percent_bp,
            "fixed_minor": self.fixed_minor,
            "min_minor": self.min_minor,
            "max_minor": self.max_minor,
            "payer": self.payer.value,
            "settlement": self.settlement.value,
        }


@dataclass(frozen=True, slots=True)
class Sale:
    """The facts by which a fee plan is chosen."""

    product: str
    organization_id: UUID
    source_type: SourceType
    currency: str
    at: datetime
    tenant_plan: str | None = None
    referrer: Referrer | None = None


# From the strongest reason to prefer a plan to the weakest. An agreement with one organization
# beats its subscription, that beats what is sold, that beats who brought the payer, the brand and
# the currency. Compared in this order, so that two selectors of less weight never outvote one.
_SELECTORS = ("organization_id", "tenant_plan", "source_type", "referrer", "product", "currency")


def _fits(plan: FeePlan, sale: Sale) -> bool:
    if plan.valid_from is not None and plan.valid_from > sale.at:
        return False
    return all(getattr(plan, name) in (None, getattr(sale, name)) for name in _SELECTORS)


def _weight(plan: FeePlan) -> tuple[object, ...]:
    specific = tuple(getattr(plan, name) is not None for name in _SELECTORS)
    started = plan.valid_from.timestamp() if plan.valid_from else float("-inf")
    return (*specific, started, plan.id.int)


def choose(plans: Iterable[FeePlan], sale: Sale) -> FeePlan:
    """The most specific plan that fits; of equal ones the latest.

    Raises:
        NoFeePlan: none fits. A sale without a plan is refused rather than made free of charge.
    """
    fitting = [plan for plan in plans if _fits(plan, sale)]
    if not fitting:
        raise NoFeePlan
    return max(fitting, key=_weight)


def fee_on(plan: FeePlan, total: Money) -> Money:
    """The application fee on what the payer pays: never below the least, never above the total."""
    fee = round_half_away(total.minor * plan.percent_bp, BASIS) + plan.fixed_minor
    fee = max(fee, plan.min_minor)
    if plan.max_minor is not None:
        fee = min(fee, plan.max_minor)
    return Money(max(0, min(fee, total.minor)), total.currency)


@dataclass(frozen=True, slots=True)
class Quote:
    """You pay 5.00, the DJ gets 4.52: total = fee + net, always."""

    asked: Money
    """What the payer wanted to give."""
    total: Money
    """What the payer pays."""
    fee: Money
    net: Money
    """What the payee gets."""


def quote(plan: FeePlan, asked: Money, *, covers_fee: bool = False) -> Quote:
    """What the payer pays and the payee gets for an amount.

    With `covers_fee` (the fan ticked "I cover the fee") or a plan whose payer is the fan, the
    total is the least one after which the payee gets all that was asked; with a split each side
    bears half of the fee, the odd cent falls on the payee.
    """
    payer = FeePayer.FAN if covers_fee else plan.payer
    total = asked if payer is FeePayer.PAYEE else _covering_total(plan, asked, payer)
    fee = fee_on(plan, total)
    return Quote(asked, total, fee, total - fee)


def _covering_total(plan: FeePlan, asked: Money, payer: FeePayer) -> Money:
    """The least total whose payer's share of the fee lies on top of what was asked.

    What is left after the fee never shrinks while the total grows (the percentage is below a
    whole), so the least total is found by halving: exact for every plan, caps and minima too.
    """
    share = 1 if payer is FeePayer.FAN else 2

    def enough(total: int) -> bool:
        return total - fee_on(plan, Money(total, asked.currency)).minor // share >= asked.minor

    if plan.percent_bp >= BASIS:
        raise UnknownCovering
    low, high = asked.minor, asked.minor
    while not enough(high):
        low, high = high, high * 2 + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return Money(low, asked.currency)


@dataclass(frozen=True, slots=True)
class ProcessorPrice:
    """What the card processor takes from the platform for a charge."""

    percent_bp: int = 290
    fixed_minor: int = 30

    def on(self, total: Money) -> Money:
        """The processor's expected cost of a charge; the true one comes with its settlement."""
        cost = round_half_away(total.minor * self.percent_bp, BASIS) + self.fixed_minor
        return Money(cost, total.currency)


CARD_PRICE = ProcessorPrice()
"""Stripe's usual price of a domestic card: 2.9 % + 0.30."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What one sample payment leaves to whom."""

    asked: Money
    total: Money
    processor_cost: Money
    platform_net: Money
    payee_net: Money


def project(
    plan: FeePlan, currency: str, price: ProcessorPrice = CARD_PRICE
) -> tuple[Projection, ...]:
    """The platform's net at 1, 5, 20 and 100, shown before a plan can be activated.

    The platform bears the processor's cost, because destination charges are its own charges.
    Currencies without decimals are sampled at a hundred times as much.
    """
    samples = (Money(whole * 100, currency) for whole in (1, 5, 20, 100))
    return tuple(_project_one(plan, asked, price) for asked in samples)


def _project_one(plan: FeePlan, asked: Money, price: ProcessorPrice) -> Projection:
    quoted = quote(plan, asked)
    cost = price.on(quoted.total)
    return Projection(asked, quoted.total, cost, quoted.fee - cost, quoted.net)


def check_activation(
    plan: FeePlan, currency: str, *, override: bool, price: ProcessorPrice = CARD_PRICE
) -> None:
    """Refuse a plan that loses money at any sample, unless somebody takes it on themselves.

    Raises:
        LosingPlan: the sentence names the amounts.
    """
    losing = [p for p in project(plan, currency, price) if p.platform_net.minor < 0]
    if losing and not override:
        figures = ", ".join(f"{p.platform_net.format()} at {p.asked.format()}" for p in losing)
        raise LosingPlan(f"The platform would lose money with this plan: {figures}.")


# The least that Stripe charges: https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
_LEAST = {
    "USD": 50, "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250,
    "EUR": 50, "GBP": 30, "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200,
    "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000,
}  # fmt: skip


def least_charge(currency: str) -> Money:
    """The smallest amount that the processor takes in a currency; 0.50 where it names none."""
    return Money(_LEAST.get(currency, 50), currency)


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    CREATED = "created"
    """The intent is recorded; the payer may be on the checkout's page."""
    PENDING = "pending"
    """The payer is done, the money of a slow method is on its way."""
    EXPIRED = "expired"
    FAILED = "failed"
    PAID = "paid"


# Money that moved outranks everything: when a success and a failure arrive in the wrong order,
# the success stands. Equal ranks do not replace each other.
_RANK = {
    PaymentStatus.CREATED: 0,
    PaymentStatus.PENDING: 1,
    PaymentStatus.EXPIRED: 2,
    PaymentStatus.FAILED: 2,
    PaymentStatus.PAID: 3,
}


def may_become(now: PaymentStatus, then: PaymentStatus) -> bool:
    """Whether a payment may go on to a state; never backwards, never in circles."""
    return _RANK[then] > _RANK[now]


def standing(status: PaymentStatus, total: Money, refunded: Money, disputed: Money) -> str:
    """What a person reads of a payment: its state, or what was taken back of it since.

    Returns:
        A `PaymentStatus`, or "refunded", "partly_refunded" or "disputed".
    """
    if disputed.minor > 0:
        return "disputed"
    if refunded.minor > 0:
        return "refunded" if refunded >= total else "partly_refunded"
    return status.value


def is_final(status: PaymentStatus) -> bool:
    """Whether the payer's page may stop asking."""
    return _RANK[status] >= _RANK[PaymentStatus.EXPIRED]
