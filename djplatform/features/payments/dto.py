"""Commands in, views out. Money leaves ready to show."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from babel.numbers import format_percent
from pydantic import BaseModel, ConfigDict, Field

from djplatform.core.i18n import current_language, t
from djplatform.core.money import AmountText, Money
from djplatform.features.payments.rules import (
    BASIS,
    FeePayer,
    PaymentStatus,
    Projection,
    Referrer,
    SourceType,
    is_final,
    standing,
)


class Command(BaseModel):
    """What every command of this feature shares."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Look(Command):
    """How the hosted checkout looks: the brand's name and its colours (`#rrggbb` or empty)."""

    brand_name: str
    button_color: str = ""
    background_color: str = ""
    logo_url: str = ""


class StartPayment(Command):
    """Begin to pay for one thing; `{payment}` in a link becomes the payment's id."""

    kind: str
    """Which Sellable: "tip"."""
    subject_id: UUID
    """Of what kind; made by the selling feature before, in the same transaction."""
    amount: Money
    covers_fee: bool = False
    return_url: str
    cancel_url: str
    look: Look


class StartOnboarding(Command):
    """Begin or continue the payee's onboarding at the processor."""

    return_url: str
    refresh_url: str


class NewFeePlan(Command):
    """A fee plan as an operator drafts it. What is None or empty is for all; amounts are minor."""

    name: str = Field(min_length=1, max_length=120)
    percent_bp: int = Field(ge=0, lt=BASIS)
    """Basis points, 350 is 3.5 %; a whole could never be covered by the payer."""
    fixed_minor: int = Field(default=0, ge=0)
    min_minor: int = Field(default=0, ge=0)
    max_minor: int | None = Field(default=None, ge=0)
    payer: FeePayer = FeePayer.PAYEE
    product: str | None = None
    tenant_plan: str | None = None
    organization_id: UUID | None = None
    source_type: SourceType | None = None
    referrer: Referrer | None = None
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    valid_from: datetime | None = None


class EarningsQuery(Command):
    """A page of payments, the newest first; `before` is the last one's `cursor`."""

    before: UUID | None = None
    limit: int = Field(default=50, ge=1, le=200)


@dataclass(frozen=True, slots=True)
class QuoteView:
    """You pay 5.00, the DJ gets 4.52: said before paying."""

    total: Money
    fee: Money
    net: Money

    total_text = AmountText("total")
    fee_text = AmountText("fee")
    net_text = AmountText("net")


@dataclass(frozen=True, slots=True)
class Takings:
    """What came in, what of it is the application fee, and what is the payee's: gross = fee + net.

    A net below zero is owed: the payer was refunded, our fee was not.
    """

    gross: Money
    fee: Money
    net: Money

    gross_text = AmountText("gross")
    fee_text = AmountText("fee")
    net_text = AmountText("net")


@dataclass(frozen=True, slots=True)
class PriceList:
    """What a brand charges whoever has agreed on nothing else."""

    percent_bp: int
    fixed: Money
    least: Money
    quotes: tuple[QuoteView, ...]

    @property
    def terms_text(self) -> str:
        """The fee in words, ready to show: "3.5% + £0.30"."""
        locale = current_language()
        share = format_percent(
            Decimal(self.percent_bp) / BASIS, locale=locale, decimal_quantization=False
        )
        parts = [share] if self.percent_bp else []
        if self.fixed.minor or not parts:
            parts.append(self.fixed.format(locale))
        terms = " + ".join(parts)
        if not self.least.minor:
            return terms
        return t("{terms}, at least {least}", terms=terms, least=self.least.format(locale))


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as payer and payee may see it."""

    id: UUID
    organization_id: UUID
    brand: str
    kind: str
    subject_id: UUID
    status: PaymentStatus
    title: str
    payee_name: str
    asked: Money
    total: Money
    fee: Money
    net: Money
    created_at: datetime
    paid_at: datetime | None
    refunded: Money
    disputed: Money
    fee_refunded: Money
    failure: str

    def row(self) -> dict[str, str]:
        """The payment as a row of a live list, with what is left of it."""
        left = self.left
        return {
            "id": str(self.id),
            "kind": self.kind,
            "title": self.title,
            "status": self.standing,
            "total": left.gross_text,
            "fee": left.fee_text,
            "net": left.net_text,
            "paid_at": self.paid_at.isoformat() if self.paid_at else "",
        }

    @property
    def final(self) -> bool:
        """Whether nothing more will happen, so that a page may stop asking."""
        return is_final(self.status)

    @property
    def standing(self) -> str:
        """What a person reads of it; see `rules.standing`."""
        return standing(self.status, self.total, self.refunded, self.disputed)

    @property
    def left(self) -> Takings:
        """What is left of it after refunds and disputes."""
        gross = self.total - self.refunded - self.disputed
        fee = self.fee - self.fee_refunded
        return Takings(gross, fee, gross - fee)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an organization can take payments, and what to say when not."""

    ready: bool
    payer_text: str
    """For the payer's page; empty when ready."""
    payee_text: str
    """What the payee does next; empty when ready."""
    currency: str | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """The payee's account at the processor, for the console."""

    state: str
    """none, started, waiting (for the person), checking (by the processor) or ready."""
    text: str
    transfers: str
    card_payments: str
    payouts: str
    requirements: tuple[str, ...]

    def row(self) -> dict[str, str]:
        """The account as the one row of its live stream."""
        return {"id": "account", "state": self.state, "text": self.text}


@dataclass(frozen=True, slots=True)
class CurrencyEarnings(Takings):
    """What an organization earned in one currency, less what was taken back."""

    count: int
    """Paid payments, those included of which nothing is left."""


@dataclass(frozen=True, slots=True)
class FeePlanView:
    """A fee plan as an operator reads it, with what it leaves to whom at four amounts."""

    id: UUID
    name: str
    applies_to: str
    """Everything that it is chosen by, such as "tipjar, tip"; "everything" when by nothing."""
    fee: str
    """The rate, such as "3.5 % + 30"; the fixed part in minor units."""
    active: bool
    override_reason: str
    samples: tuple[Projection, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """An event of the inbox as an operator reads it."""

    id: UUID
    brand: str
    external_id: str
    type: str
    received_at: datetime
    handled: bool
    problem: str


@dataclass(frozen=True, slots=True)
class EarningsView:
    """An organization's earnings: totals by currency and a page of payments."""

    totals: tuple[CurrencyEarnings, ...]
    payments: tuple[PaymentView, ...]
    next_before: UUID | None
    """Give it back as `before` for the next page; None on the last."""


@dataclass(frozen=True, slots=True)
class PlatformEarnings:
    """What the platform keeps in one brand and currency."""

    brand: str
    fees: Money
    processor_cost: Money
    """For charges and for disputes, as far as the processor has told it."""
    net: Money
    awaiting_cost: int
    """Paid payments whose processor cost is not known yet."""

    fees_text = AmountText("fees")
    processor_cost_text = AmountText("processor_cost")
    net_text = AmountText("net")
