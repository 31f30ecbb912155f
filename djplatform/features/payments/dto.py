"""Commands in, views out. Money leaves ready to show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from djplatform.core.money import Money
from djplatform.features.payments.rules import PaymentStatus, is_final


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

    @property
    def total_text(self) -> str:
        """What the payer pays."""
        return self.total.format()

    @property
    def fee_text(self) -> str:
        """The application fee."""
        return self.fee.format()

    @property
    def net_text(self) -> str:
        """What the payee gets."""
        return self.net.format()


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
    failure: str

    def row(self) -> dict[str, str]:
        """The payment as a row of a live list."""
        return {
            "id": str(self.id),
            "kind": self.kind,
            "title": self.title,
            "status": self.status.value,
            "total": self.total_text,
            "fee": self.fee_text,
            "net": self.net_text,
            "paid_at": self.paid_at.isoformat() if self.paid_at else "",
        }

    @property
    def final(self) -> bool:
        """Whether nothing more will happen, so that a page may stop asking."""
        return is_final(self.status)

    @property
    def total_text(self) -> str:
        """What the payer pays, ready to show."""
        return self.total.format()

    @property
    def fee_text(self) -> str:
        """The application fee, ready to show."""
        return self.fee.format()

    @property
    def net_text(self) -> str:
        """What the payee gets, ready to show."""
        return self.net.format()


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
class CurrencyEarnings:
    """What an organization earned in one currency."""

    count: int
    gross: Money
    fee: Money
    net: Money

    @property
    def gross_text(self) -> str:
        """What payers paid, ready to show."""
        return self.gross.format()

    @property
    def fee_text(self) -> str:
        """Application fees, ready to show."""
        return self.fee.format()

    @property
    def net_text(self) -> str:
        """Gross less fees, ready to show."""
        return self.net.format()


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
    """As far as the processor has told it."""
    net: Money
    awaiting_cost: int
    """Paid payments whose processor cost is not known yet."""

    @property
    def fees_text(self) -> str:
        """Application fees, ready to show."""
        return self.fees.format()

    @property
    def processor_cost_text(self) -> str:
        """What the processor took, ready to show."""
        return self.processor_cost.format()

    @property
    def net_text(self) -> str:
        """Fees less processor cost, ready to show."""
        return self.net.format()
