"""Checkout sessions: create, read, expire."""

from typing import Any
from urllib.parse import urlsplit

from djplatform.sandbox.core import seconds, token, whole_seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import accounts
from djplatform.sandbox.stripe.api import Call
from djplatform.sandbox.stripe.errors import ApiError, missing, no_such
from djplatform.sandbox.stripe.events import emit
from djplatform.sandbox.stripe.forms import Tree, branch, integer, only, text
from djplatform.sandbox.stripe.lookup import expanded
from djplatform.sandbox.stripe.regions import region

KIND = "session"
_CREATE = (
    "mode", "line_items", "success_url", "cancel_url", "client_reference_id", "customer_email",
    "expires_at", "expand", "locale", "metadata", "payment_intent_data", "branding_settings",
    "submit_type", "ui_mode",
)  # fmt: skip
_INTENT = (
    "application_fee_amount", "description", "metadata", "on_behalf_of", "receipt_email",
    "statement_descriptor", "statement_descriptor_suffix", "transfer_data", "transfer_group",
)  # fmt: skip
_LOOK = {
    "background_color": "#ffffff",
    "border_style": "rounded",
    "button_color": "#0074d4",
    "font_family": "default",
}
# Fields that a session has and that nothing here fills.
_NOT_USED: Json = {
    "adaptive_pricing": {"enabled": False},
    "after_expiration": None,
    "allow_promotion_codes": None,
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "billing_address_collection": None,
    "client_secret": None,
    "collected_information": None,
    "consent": None,
    "consent_collection": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": dict.fromkeys(
        ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    ),
    "customer": None,
    "customer_creation": "if_required",
    "customer_details": None,
    "discounts": [],
    "invoice": None,
    "invoice_creation": None,
    "payment_intent": None,
    "payment_link": None,
    "payment_method_collection": "if_required",
    "payment_method_configuration_details": None,
    "payment_method_options": {},
    "permissions": None,
    "phone_number_collection": {"enabled": False},
    "recovered_from": None,
    "saved_payment_method_options": None,
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "subscription": None,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "wallet_options": None,
}
# Stripe's smallest charges (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).
_MINIMUM = {"usd": 50, "eur": 50, "gbp": 30, "cad": 50, "aud": 50, "chf": 50, "sek": 300,
            "nok": 300, "dkk": 250, "pln": 200, "mxn": 1000, "jpy": 50}  # fmt: skip
_ZERO_DECIMAL = {"jpy", "krw", "vnd", "clp", "xof"}
_DEBIT = {"usd": "us_bank_account", "eur": "sepa_debit", "gbp": "bacs_debit"}


async def create(call: Call) -> Json:
    """`POST /v1/checkout/sessions`, mode `payment`, one line."""
    params = call.params
    only(params, _CREATE)
    if text(params, "mode") != "payment":
        raise ApiError(400, "The sandbox knows mode `payment` only.", param="mode")
    for name in ("success_url", "cancel_url"):
        _check_url(text(params, name), name)
    line = _line(params)
    _check_amount(line["amount_total"], line["currency"])
    intent = branch(params, "payment_intent_data")
    await _check_intent(call, intent, line["amount_total"])
    session = _session(call, params, line)
    session["_intent"] = intent
    session["_line"] = line
    await save(call.rows, call.brand.brand, session)
    return await expanded(call.rows, session, params.get("expand") or [])


def _check_url(url: str, param: str) -> None:
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise ApiError(400, "Not a valid URL", code="url_invalid", param=param)


def _line(params: Tree) -> Json:
    items: Any = params.get("line_items")
    if not isinstance(items, list) or len(items) != 1:
        raise (
            missing("line_items")
            if not items
            else ApiError(400, "The sandbox takes one line item.", param="line_items")
        )
    item: Tree = items[0]
    at = "line_items[0]"
    only(item, ["price_data", "quantity"], at=at)
    data = branch(item, "price_data")
    currency = text(data, "currency", at=f"{at}[price_data]").lower()
    product = branch(data, "product_data")
    name = text(product, "name", at=f"{at}[price_data][product_data]")
    unit = integer(data, "unit_amount", at=f"{at}[price_data]")
    if unit < 0:
        raise ApiError(400, "Invalid non-negative integer", code="parameter_invalid_integer",
                       param=f"{at}[price_data][unit_amount]")  # fmt: skip
    quantity = integer(item, "quantity", at=at, default=1)
    total = unit * quantity
    return {
        "id": token("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": currency,
        "description": name,
        "price": _price(unit, currency),
        "quantity": quantity,
        "_description": product.get("description") or "",
    }


def _price(unit: int, currency: str) -> Json:
    return {
        "id": token("price_1"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": whole_seconds(),
        "currency": currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": token("prod_", 14),
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit,
        "unit_amount_decimal": str(unit),
    }


def shown(minor: int, currency: str) -> str:
    """An amount as Stripe's messages and pages write it."""
    whole = f"{minor:,}" if currency in _ZERO_DECIMAL else f"{minor / 100:,.2f}"
    symbol = {"usd": "$", "eur": "€", "gbp": "£", "cad": "CA$", "aud": "A$", "jpy": "¥"}
    return f"{symbol[currency]}{whole}" if currency in symbol else f"{whole} {currency.upper()}"


def _check_amount(total: int, currency: str) -> None:
    if total < _MINIMUM.get(currency, 50):
        least = shown(_MINIMUM.get(currency, 50), currency)
        raise ApiError(
            400,
            f"The Checkout Session's total amount due must add up to at least {least} {currency}",
            code="amount_too_small",
        )
    if total > 99_999_999:
        raise ApiError(
            400,
            f"The Checkout Session's total amount must be no more than "
            f"{shown(99_999_999, currency)} {currency}",
            code="amount_too_large",
        )


async def _check_intent(call: Call, intent: Tree, total: int) -> None:
    at = "payment_intent_data"
    only(intent, _INTENT, at=at)
    transfer = branch(intent, "transfer_data")
    # Positive and less than the charge, or not there at all:
    # https://docs.stripe.com/connect/destination-charges#application-fee
    fee = integer(intent, "application_fee_amount", at=at, default=1)
    if not 1 <= fee < total:
        raise ApiError(400, "Invalid application_fee_amount: positive, and less than the amount",
                       param=f"{at}[application_fee_amount]")  # fmt: skip
    if intent.get("application_fee_amount") and not transfer:
        raise ApiError(400, "Can only apply an application_fee_amount when the PaymentIntent is "
                       "attempting a direct payment (using an OAuth key or Stripe-Account header) "
                       "or destination payment (using `transfer_data[destination]`).",
                       param=f"{at}[application_fee_amount]")  # fmt: skip
    _check_descriptor(call, intent)
    if transfer:
        await _check_destination(call, text(transfer, "destination", at=f"{at}[transfer_data]"),
                                 str(intent.get("on_behalf_of") or ""))  # fmt: skip


def _check_descriptor(call: Call, intent: Tree) -> None:
    suffix = str(intent.get("statement_descriptor_suffix") or "")
    if not suffix:
        return
    param = "payment_intent_data[statement_descriptor_suffix]"
    whole = f"{call.brand.statement_prefix}* {suffix}"
    if len(whole) > 22 or set(suffix) & set("<>\\'\"*") or not suffix.isascii():
        raise ApiError(400, "The statement descriptor suffix is too long or contains characters "
                       "that are not allowed.", param=param)  # fmt: skip
    if not any(letter.isalpha() for letter in suffix):
        raise ApiError(400, "The statement descriptor suffix must contain at least one letter.",
                       param=param)  # fmt: skip


async def _check_destination(call: Call, destination: str, on_behalf_of: str) -> None:
    account = await accounts.load(call.rows, call.brand.brand, destination)
    if not accounts.is_active(account, "recipient", "stripe_balance.stripe_transfers"):
        raise ApiError(
            400,
            "Your destination account needs to have at least one of the following capabilities "
            "enabled: transfers, crypto_transfers, legacy_payments",
            code="insufficient_capabilities_for_transfer",
        )
    country = str(account["identity"]["country"]).upper()
    if on_behalf_of and not accounts.is_active(account, "merchant", "card_payments"):
        raise ApiError(
            400,
            f"The account {on_behalf_of} needs the card_payments capability to be used with "
            "`on_behalf_of`.",
            param="payment_intent_data[on_behalf_of]",
        )
    if not on_behalf_of and region(country) != region(call.brand.country):
        raise ApiError(
            400,
            f"Cannot create a destination charge for connected accounts in {country} because "
            "funds would be settled on behalf of the platform and the connected account's country "
            "is outside the platform's region. You may use the `on_behalf_of` parameter to have "
            "the charge settle in the connected account's country.",
        )


def _session(call: Call, params: Tree, line: Json) -> Json:
    now = whole_seconds()
    expires = integer(params, "expires_at", default=now + 86_400)
    if not now + 1_800 - 60 <= expires <= now + 86_400 + 60:
        raise ApiError(400, "The `expires_at` timestamp must be between 30 minutes and 24 hours "
                       "from Checkout Session creation.", param="expires_at")  # fmt: skip
    key = token("cs_test_a1", 54)
    total, currency = line["amount_total"], line["currency"]
    look = {"display_name": call.brand.brand, **_LOOK, **branch(params, "branding_settings")}
    return {
        **_NOT_USED,
        "id": key,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "branding_settings": {"icon": None, "logo": None, **look},
        "cancel_url": params["cancel_url"],
        "client_reference_id": params.get("client_reference_id"),
        "created": now,
        "currency": currency,
        "customer_email": params.get("customer_email"),
        "expires_at": expires,
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata") or {},
        "mode": "payment",
        "payment_method_types": ["card", *([_DEBIT[currency]] if currency in _DEBIT else [])],
        "payment_status": "unpaid",
        "status": "open",
        "submit_type": params.get("submit_type"),
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": f"{call.sandbox.config.public_url}/checkout/{key}",
        "_brand": call.brand.brand,
    }


async def save(rows: Rows, brand: str, session: Json) -> None:
    """Keep a session; an open one is due when it expires."""
    due = float(session["expires_at"]) if session["status"] == "open" else None
    await rows.put(KIND, session["id"], session, owner=brand, due_at=due)


async def load(rows: Rows, brand: str, key: str, *, lock: bool = False) -> Json:
    """A session of this brand.

    Raises:
        ApiError: unknown or another brand's.
    """
    session = await rows.get(KIND, key, lock=lock)
    if session is None or session["_brand"] != brand:
        raise no_such("checkout.session", key, "session")
    return session


async def retrieve(call: Call) -> Json:
    """`GET /v1/checkout/sessions/{session}`."""
    only(call.params, ["expand"])
    session = await load(call.rows, call.brand.brand, call.path["session"])
    return await expanded(call.rows, session, call.params.get("expand") or [])


async def expire(call: Call) -> Json:
    """`POST /v1/checkout/sessions/{session}/expire`."""
    session = await load(call.rows, call.brand.brand, call.path["session"], lock=True)
    if session["status"] != "open":
        raise ApiError(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout '
            f"Session has a status of `{session['status']}`.",
        )
    await close(call.rows, session)
    return session


async def close(rows: Rows, session: Json) -> None:
    """End an open session."""
    session |= {"status": "expired", "url": None}
    await save(rows, session["_brand"], session)
    await emit(rows, session["_brand"], "checkout.session.expired", session)


async def expire_due(rows: Rows) -> None:
    """End the open sessions whose time is over."""
    for session in await rows.due(KIND, seconds()):
        locked = await rows.get(KIND, session["id"], lock=True)
        if locked is not None and locked["status"] == "open":
            await close(rows, locked)
