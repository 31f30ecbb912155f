"""What comes into the crowd feature and what it shows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from djplatform.core.i18n import current_language, t
from djplatform.core.money import Money
from djplatform.features.accounts.dto import BrandSeen
from djplatform.features.crowd.rules import TipLimits, TipStatus
from djplatform.features.events.dto import EventView, PublicEvent
from djplatform.features.payments.dto import Look, QuoteView


class GiveTip(BaseModel):
    """A tip as the form sends it. Everything is text: the rules say what it means."""

    amount: str = ""
    """An offered amount, "5.00", or "custom"."""
    custom_amount: str = ""
    guest_name: str = ""
    message: str = ""
    covers_fee: bool = False

    @property
    def amount_text(self) -> str:
        """What was chosen, or typed in its place."""
        own = self.amount in ("", CUSTOM)
        return self.custom_amount if own else self.amount


CUSTOM = "custom"
"""Value of the amount field when the fan typed one."""
QUOTE, LOOK_AGAIN = "quote", "look"
"""Values of `step`, what a button asks for in place of the checkout: to work the typed amount out,
or whether tips are open again."""


class CheckoutLinks(BaseModel):
    """Where the checkout leads back to; `{payment}` becomes the payment's id."""

    return_url: str
    cancel_url: str
    look: Look


class UpdateTipSettings(BaseModel):
    """A DJ sets limits and offers, as typed: "1", "1,000.00"."""

    least: str
    most: str
    presets: list[str]


@dataclass(frozen=True, slots=True)
class Target:
    """Whose page it is."""

    organization_id: UUID
    slug: str
    name: str
    brand: str
    """Key of the brand in which the page is shown."""
    currency: str | None


@dataclass(frozen=True, slots=True)
class Dj:
    """The person on the page, for everybody."""

    target: Target
    brand: BrandSeen
    stage_name: str
    bio: str
    home_town: str
    picture: str
    """Key of a stage picture."""
    event: PublicEvent | None

    @property
    def where(self) -> str:
        """The night and its venue, else the home town."""
        return self.event.where if self.event else self.home_town


@dataclass(frozen=True, slots=True)
class Offer:
    """One amount with what becomes of it."""

    amount: Money
    quote: QuoteView
    covered: QuoteView
    """The same when the fan pays the fee on top."""

    @property
    def value(self) -> str:
        """What the form sends for it."""
        return self.amount.plain()

    @property
    def label(self) -> str:
        """The amount as short as it can be said: £5, but £2.50."""
        text = self.amount.format(current_language())
        return text.removesuffix(".00").removesuffix(",00")


@dataclass(frozen=True, slots=True)
class TipPrice:
    """What tips cost under a brand, for its front door."""

    terms: str
    """The fee in words: "3.5% + £0.30"."""
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class TipForm:
    """The form as it stands: what was typed, and what is wrong with it."""

    token: str
    typed: GiveTip
    errors: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class EarlierTip:
    """The last tip of the same device, said on a page that is opened anew."""

    payment_id: UUID
    amount: Money
    paid: bool
    """False while nothing was heard of its payment."""


@dataclass(frozen=True, slots=True)
class TipPage:
    """Everything on the page of a DJ who takes tips."""

    dj: Dj
    closed_text: str
    """Why no tip can be given now; empty when it can."""
    limits: TipLimits | None
    offers: tuple[Offer, ...]
    own: Offer | None
    """The amount that the fan typed, worked out."""
    form: TipForm
    earlier: EarlierTip | None = None

    @property
    def closed_while_typing(self) -> bool:
        """Whether somebody filled in the form and found tips closed when sending it."""
        return bool(self.closed_text) and self.form.typed != GiveTip()


@dataclass(frozen=True, slots=True)
class TipReceipt:
    """A fan's own tip on the page that waits for it."""

    dj: Dj
    tip_id: UUID
    payment_id: UUID
    status: TipStatus
    replaced: bool
    """Whether the fan began to pay for this tip anew, with another amount."""
    total: Money
    net: Money
    refunded: Money
    guest_name: str
    message: str
    failure: str
    created_at: datetime
    paid_at: datetime | None

    @property
    def final(self) -> bool:
        """Whether nothing more will happen, so that the page may stop asking."""
        return self.status in (TipStatus.PAID, TipStatus.FAILED, TipStatus.EXPIRED)

    @property
    def reference(self) -> str:
        """A short name of the payment, to mention when something is wrong."""
        return self.payment_id.hex[-8:].upper()


@dataclass(frozen=True, slots=True)
class TipView:
    """A tip as the DJ sees it."""

    id: UUID
    event_id: UUID | None
    guest_name: str
    message: str
    status: str
    amount: Money
    """What the fan paid; what the fan wants to give while nothing is paid."""
    net: Money
    refunded: Money
    """What of it went back."""
    created_at: datetime
    paid_at: datetime | None

    @property
    def name_text(self) -> str:
        """Who gave it."""
        return self.guest_name or t("Someone")

    @property
    def amount_text(self) -> str:
        """The amount, ready to show."""
        return self.amount.format(current_language())

    @property
    def net_text(self) -> str:
        """What of it is the DJ's, ready to show."""
        return self.net.format(current_language())

    @property
    def refunded_text(self) -> str:
        """What of it went back, ready to show; empty when nothing did."""
        return self.refunded.format(current_language()) if self.refunded.minor else ""

    def row(self) -> dict[str, str]:
        """The tip as a row of a live list."""
        return {
            "id": str(self.id),
            "event_id": str(self.event_id or ""),
            "name": self.name_text,
            "message": self.message,
            "amount": self.amount_text,
            "net": self.net_text,
            "refunded": self.refunded_text,
            "at": self.paid_at.isoformat() if self.paid_at else "",
        }


@dataclass(frozen=True, slots=True)
class TipsSummary:
    """The running total of a night, or of all time."""

    count: int
    total: Money
    net: Money

    @classmethod
    def nothing(cls, currency: str) -> "TipsSummary":
        """The total before the first tip."""
        return cls(0, Money(0, currency), Money(0, currency))

    @property
    def total_text(self) -> str:
        """What fans gave, ready to show."""
        return self.total.format(current_language())

    @property
    def net_text(self) -> str:
        """What of it is the DJ's, ready to show."""
        return self.net.format(current_language())

    @property
    def fee_text(self) -> str:
        """What was kept of it, ready to show."""
        return (self.total - self.net).format(current_language())

    def row(self) -> dict[str, str]:
        """The running total as it stands beside each row of a live list."""
        return {
            "count": str(self.count),
            "total": self.total_text,
            "total_fee": self.fee_text,
            "total_net": self.net_text,
        }


@dataclass(frozen=True, slots=True)
class TipSettingsView:
    """Limits and offers as a form shows them."""

    currency: str
    least: str
    most: str
    presets: tuple[str, ...]
    offers: tuple[Offer, ...]
    """The presets with what becomes of them."""
    chosen: bool
    """False while the defaults hold."""


@dataclass(frozen=True, slots=True)
class NightTips:
    """A night with what its fans gave."""

    event: EventView
    tips: TipsSummary
