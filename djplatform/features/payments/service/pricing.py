"""What a payment would cost, and whether an organization can be paid at all."""

from collections.abc import Sequence
from uuid import UUID

from babel.numbers import get_territory_currencies

from djplatform.core import clock
from djplatform.core.db import Tx
from djplatform.core.errors import AppError, InvalidInput, NotFound
from djplatform.core.i18n import t
from djplatform.core.ids import PLATFORM_ORGANIZATION
from djplatform.core.money import Money
from djplatform.features.payments import rules
from djplatform.features.payments.dto import PriceList, QuoteView, Readiness
from djplatform.features.payments.repo import accounts
from djplatform.features.payments.repo.accounts import Seller
from djplatform.features.payments.rules import FeePlan, NoFeePlan, Quote, Sale, SourceType
from djplatform.features.payments.service import gateway
from djplatform.settings import settings
from djplatform.vendors.errors import VendorOff


class PaymentsClosed(AppError):
    """Payments are not open yet."""

    status = 409


async def payment_readiness(tx: Tx, organization_id: UUID) -> Readiness:
    """Whether an organization can take payments now; in a guest's or a member's scope.

    Raises:
        NotFound: no such organization in this scope.
    """
    return await readiness_of(tx, await seller_or_refuse(tx, organization_id))


async def readiness_of(tx: Tx, seller: Seller) -> Readiness:
    """The same for a seller who is read already."""
    reason = await _missing(tx, seller)
    if reason is None:
        return Readiness(True, "", "", seller.currency)
    return Readiness(
        False,
        t("{name} cannot take payments here yet. Please come back soon.", name=seller.name),
        reason,
        seller.currency,
    )


async def _missing(tx: Tx, seller: Seller) -> str | None:
    """What the payee has to do first, or None."""
    if seller.country is None or seller.currency is None:
        return t("Choose your country first.")
    try:
        gateway.stripe(seller.brand)
    except VendorOff:
        return t("Payments are switched off on this server.")
    account = await accounts.destination(tx, seller.id, seller.brand)
    if account is None or account.external_id is None:
        return t("Set up payouts to take payments.")
    if account.country != seller.country:
        return elsewhere(account.country)
    if not account.ready:
        return t("Finish setting up payouts: the payment provider still needs something.")
    return None


def elsewhere(country: str) -> str:
    """What a payee reads whose account was opened in another country; it cannot move."""
    return t("Your payout account was opened in another country ({country}).", country=country)


async def seller_or_refuse(tx: Tx, organization_id: UUID) -> Seller:
    """The organization that is paid.

    Raises:
        NotFound: no such organization in this scope.
    """
    seller = await accounts.seller(tx, organization_id)
    if seller is None:
        raise NotFound
    return seller


async def quote_payments(
    tx: Tx, organization_id: UUID, kind: str, wanted: Sequence[tuple[Money, bool]]
) -> tuple[QuoteView, ...]:
    """What the payer would pay and the payee would get, for a whole price list at once.

    In a guest's or a member's scope. Each wanted is an amount, and whether the payer covers the
    fee.

    Raises:
        NotFound: no such organization.
        NoFeePlan: nothing says what this kind costs.
    """
    seller = await seller_or_refuse(tx, organization_id)
    plans = await accounts.fee_plans(tx)
    return tuple(
        _quoted(rules.choose(plans, _sale(seller, kind, amount)), amount, covers_fee=covers_fee)
        for amount, covers_fee in wanted
    )


def home_currency(brand: str) -> str | None:
    """The currency in which a brand names its prices; None while it takes no payments."""
    account = settings().stripe.get(brand)
    if account is None or not account.secret_key.get_secret_value():
        return None
    return get_territory_currencies(account.country)[0]


async def price_list(
    tx: Tx, brand: str, kind: str, wanted: Sequence[tuple[Money, bool]]
) -> PriceList | None:
    """What a brand charges whoever has agreed on nothing else; `wanted` as in `quote_payments`.

    In the scope of a guest of the platform's own organization, and in one currency. None when no
    plan says it.
    """
    first, _ = wanted[0]
    anybody = Seller(PLATFORM_ORGANIZATION, brand, brand, country=None, currency=first.currency)
    try:
        plan, _ = await price(tx, anybody, kind, first, covers_fee=False)
    except NoFeePlan:
        return None
    return PriceList(
        plan.percent_bp,
        Money(plan.fixed_minor, first.currency),
        Money(plan.min_minor, first.currency),
        tuple(_quoted(plan, amount, covers_fee=covered) for amount, covered in wanted),
    )


def _quoted(plan: FeePlan, amount: Money, *, covers_fee: bool) -> QuoteView:
    quoted = rules.quote(plan, amount, covers_fee=covers_fee)
    return QuoteView(quoted.total, quoted.fee, quoted.net)


def least_charge(currency: str) -> Money:
    """The smallest amount that the processor takes in a currency."""
    return rules.least_charge(currency)


async def price(
    tx: Tx, seller: Seller, kind: str, amount: Money, *, covers_fee: bool
) -> tuple[FeePlan, Quote]:
    """The fee plan that wins, and what it makes of the amount."""
    plan = rules.choose(await accounts.fee_plans(tx), _sale(seller, kind, amount))
    return plan, rules.quote(plan, amount, covers_fee=covers_fee)


def _sale(seller: Seller, kind: str, amount: Money) -> Sale:
    return Sale(
        product=seller.brand,
        organization_id=seller.id,
        source_type=SourceType(kind),
        currency=amount.currency,
        at=clock.now(),
    )


def refuse_impossible(seller: Seller, amount: Money) -> None:
    """Refuse an amount that the processor would refuse, in words and by field.

    Raises:
        InvalidInput: under `amount`.
    """
    if amount.currency != seller.currency:
        raise InvalidInput(
            amount=t("{name} takes {currency}.", name=seller.name, currency=seller.currency)
        )
    least = rules.least_charge(amount.currency)
    if amount < least:
        raise InvalidInput(
            amount=t("The smallest amount that can be paid is {least}.", least=least.format())
        )


def refuse_nothing_left(seller: Seller, quoted: Quote) -> None:
    """Refuse an amount that the fee eats up.

    Stripe takes no fee that is not less than the amount
    (https://docs.stripe.com/connect/destination-charges#application-fee).

    Raises:
        InvalidInput: under `amount`.
    """
    if quoted.net.minor <= 0:
        raise InvalidInput(
            amount=t("After the fee nothing of it is left for {name}.", name=seller.name)
        )
