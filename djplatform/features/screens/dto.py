"""What the screens show: plain texts and numbers, because they travel to the browser as they are.

Moments are ISO 8601; the browser says them by its own clock.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from djplatform.core.i18n import current_language, t
from djplatform.features.crowd.dto import (
    NightTips,
    Offer,
    TipPrice,
    TipSettingsView,
    TipsSummary,
    TipView,
    UpdateTipSettings,
)
from djplatform.features.events.dto import EventView
from djplatform.features.payments.dto import CurrencyEarnings, PaymentView, PlatformEarnings
from djplatform.features.profiles.dto import ProfileView, UpdateProfile


@dataclass(frozen=True, slots=True)
class TipRow:
    """A tip in a list; a live row of the crowd's channels has the same fields and more."""

    id: str
    name: str
    message: str
    amount: str
    net: str
    refunded: str
    """What of it went back; empty when nothing did."""
    at: str

    @classmethod
    def of(cls, tip: TipView) -> "TipRow":
        """The row of a tip, with the very texts that the live list shows."""
        row = tip.row()
        return cls(**{name: row[name] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class NightRow:
    """A night, as a card or a header shows it."""

    id: str
    title: str
    venue: str
    live: bool
    started_at: str
    ended_at: str

    @classmethod
    def of(cls, event: EventView) -> "NightRow":
        """The row of an event."""
        return cls(
            str(event.id),
            event.title,
            event.venue,
            event.live,
            iso(event.starts_at),
            iso(event.ended_at),
        )


@dataclass(frozen=True, slots=True)
class NightSumRow:
    """A night in a list, with what its fans gave."""

    id: str
    title: str
    venue: str
    live: bool
    started_at: str
    count: int
    total: str
    net: str

    @classmethod
    def of(cls, night: NightTips) -> "NightSumRow":
        """The row of a night."""
        event, tips = night.event, night.tips
        return cls(
            str(event.id),
            event.title,
            event.venue,
            event.live,
            iso(event.starts_at),
            tips.count,
            tips.total_text,
            tips.net_text,
        )


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """What a brand's front door says that no person wrote."""

    price: TipPrice | None
    """What tips cost here; None while the brand takes no payments."""
    countries: int
    """In how many of them a DJ can be paid."""
    contact: str
    """Where to write to."""
    real_host: str
    """The host to go to, when the visited one is not ours; else empty."""


@dataclass(frozen=True, slots=True)
class TotalsRow:
    """What came in one currency: gross = fee + net, to the cent."""

    currency: str
    count: int
    gross: str
    fee: str
    net: str

    @classmethod
    def of(cls, earned: CurrencyEarnings) -> "TotalsRow":
        """All payments of one currency."""
        return cls(
            earned.gross.currency,
            earned.count,
            earned.gross_text,
            earned.fee_text,
            earned.net_text,
        )

    @classmethod
    def of_tips(cls, tips: TipsSummary) -> "TotalsRow":
        """All tips of one currency, in the very texts that the live rows carry."""
        return cls(tips.total.currency, tips.count, tips.total_text, tips.fee_text, tips.net_text)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment in the list of earnings."""

    id: str
    title: str
    at: str
    status: str
    total: str
    fee: str
    net: str

    @classmethod
    def of(cls, payment: PaymentView) -> "PaymentRow":
        """The row of a payment, with what is left of it."""
        left = payment.left
        return cls(
            str(payment.id),
            payment.title,
            iso(payment.paid_at),
            payment.standing,
            left.gross_text,
            left.fee_text,
            left.net_text,
        )


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """What the platform keeps in one brand and currency."""

    brand: str
    brand_name: str
    currency: str
    fees: str
    cost: str
    net: str
    waiting: int
    """Payments whose processor cost is not known yet, so that it is missing in `cost`."""

    @classmethod
    def of(cls, earned: PlatformEarnings, brand_name: str) -> "PlatformRow":
        """The row of one brand and currency."""
        return cls(
            earned.brand,
            brand_name,
            earned.fees.currency,
            earned.fees_text,
            earned.processor_cost_text,
            earned.net_text,
            earned.awaiting_cost,
        )


@dataclass(frozen=True, slots=True)
class DashboardView:
    """Everything on a product's dashboard, read at one moment."""

    landing: str
    """Where this organization's dashboard is."""
    organization_id: UUID
    country: str
    account_state: str
    account_text: str
    page: str
    """Address of the tip page as fans type or scan it."""
    slug: str
    night: NightRow | None
    totals: TotalsRow | None
    """All tips; None while no country, and so no currency, is known."""
    tips: tuple[TipRow, ...]
    nights: tuple[NightSumRow, ...]
    published: bool
    """Whether everybody may see the page."""


@dataclass(frozen=True, slots=True)
class BoothView:
    """A night's booth as it is now; from here on the stream tells the rest."""

    night: NightRow
    dj: str
    page: str
    totals: TotalsRow | None
    tips: tuple[TipRow, ...]


@dataclass(frozen=True, slots=True)
class EarningsScreen:
    """A page of earnings."""

    totals: tuple[TotalsRow, ...]
    payments: tuple[PaymentRow, ...]
    nights: tuple[NightSumRow, ...]
    next_before: str
    """Give it back for the next page; empty on the last."""
    account_state: str
    account_text: str


@dataclass(frozen=True, slots=True)
class PosterForm:
    """How a fan page looks, as the form's fields hold it."""

    stage_name: str
    bio: str
    home_town: str
    photo: str
    published: bool

    @classmethod
    def of(cls, profile: ProfileView) -> "PosterForm":
        """What is kept."""
        return cls(**{name: getattr(profile, name) for name in cls.__slots__})

    def command(self) -> UpdateProfile:
        """What the profile's own use case takes."""
        return UpdateProfile(**asdict(self))


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What becomes of an amount in one of the form's fields; all empty when none stands there."""

    label: str = ""
    """As short as on the fan page: £5."""
    leaves: str = ""
    problem: str = ""
    """Why what was typed is no amount."""

    @classmethod
    def of(cls, offer: Offer) -> "OfferRow":
        """The row of an amount that the fee engine worked out."""
        leaves = t(
            "A tip of {amount} leaves you {net}.",
            amount=offer.amount.format(current_language()),
            net=offer.quote.net.format(current_language()),
        )
        return cls(offer.label, leaves)


@dataclass(frozen=True, slots=True)
class TipsForm:
    """What is taken and offered, as the form's fields hold it; an empty field offers nothing."""

    least: str
    most: str
    presets: tuple[str, ...]

    @classmethod
    def of(cls, settings: TipSettingsView, fields: int) -> "TipsForm":
        """What is kept, in so many fields for offers."""
        spare = fields - len(settings.presets)
        return cls(settings.least, settings.most, settings.presets + ("",) * spare)

    def command(self) -> UpdateTipSettings:
        """What the crowd's own use case takes."""
        return UpdateTipSettings(least=self.least, most=self.most, presets=list(self.presets))


@dataclass(frozen=True, slots=True)
class FanPageScreen:
    """The DJ's side of the fan page."""

    brand: str
    """Key of the brand whose stage the picture "brand" is."""
    page: str
    """Address of the page as fans type or scan it."""
    slug: str
    poster: PosterForm
    tips: TipsForm | None
    """None while no country, and so no currency, is known."""
    symbol: str
    """The currency's sign, which stands before each amount."""
    offers: tuple[OfferRow, ...]
    """What becomes of the amount in each field for offers."""


def iso(moment: datetime | None) -> str:
    """A moment for the browser, or nothing."""
    return moment.isoformat() if moment else ""
