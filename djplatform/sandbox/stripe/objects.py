"""The shapes of payment objects, as version 2026-05-27.dahlia has them."""

from hashlib import sha256

from djplatform.sandbox.config import BrandAccount
from djplatform.sandbox.core import token, whole_seconds
from djplatform.sandbox.store import Json
from djplatform.sandbox.stripe.cards import TestCard
from djplatform.sandbox.stripe.forms import branch, integer

_INTENT_NULLS = (
    "application",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "customer",
    "last_payment_error",
    "latest_charge",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "processing",
    "review",
    "setup_future_usage",
    "shipping",
)
_CHARGE_NULLS = (
    "application",
    "application_fee",
    "balance_transaction",
    "customer",
    "failure_balance_transaction",
    "failure_code",
    "failure_message",
    "outcome",
    "receipt_number",
    "receipt_url",
    "review",
    "shipping",
    "source_transfer",
)


def payment_intent(session: Json) -> Json:
    """A payment intent as it is made when the payer first confirms a checkout."""
    wanted = session["_intent"]
    key = token("pi_3")
    transfer = branch(wanted, "transfer_data")
    return {
        **dict.fromkeys(_INTENT_NULLS),
        "id": key,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application_fee_amount": _optional(wanted, "application_fee_amount"),
        "capture_method": "automatic_async",
        "client_secret": f"{key}_secret_{token('', 25)}",
        "confirmation_method": "automatic",
        "created": whole_seconds(),
        "currency": session["currency"],
        "description": wanted.get("description"),
        "livemode": False,
        "metadata": branch(wanted, "metadata"),
        "on_behalf_of": wanted.get("on_behalf_of"),
        "payment_method_options": {},
        "payment_method_types": session["payment_method_types"],
        "receipt_email": wanted.get("receipt_email"),
        "statement_descriptor": wanted.get("statement_descriptor"),
        "statement_descriptor_suffix": wanted.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": _transfer_data(transfer) if transfer else None,
        "transfer_group": wanted.get("transfer_group"),
        "_session": session["id"],
        "_brand": session["_brand"],
    }


def _optional(tree: Json, name: str) -> int | None:
    return integer(tree, name) if tree.get(name) not in (None, "") else None


def _transfer_data(transfer: Json) -> Json:
    amount = _optional(transfer, "amount")
    data: Json = {"destination": transfer["destination"]}
    return data if amount is None else data | {"amount": amount}


def charge(intent: Json, brand: BrandAccount, details: Json, payer: Json) -> Json:
    """A charge before it settles: balance transaction and application fee are null then."""
    transfer = intent["transfer_data"]
    key = token("ch_3" if details["type"] == "card" else "py_3")
    return {
        **dict.fromkeys(_CHARGE_NULLS),
        "id": key,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application_fee_amount": intent["application_fee_amount"],
        "billing_details": payer | {"phone": None, "tax_id": None},
        "calculated_statement_descriptor": _descriptor(intent, brand),
        "captured": False,
        "created": whole_seconds(),
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": intent["on_behalf_of"],
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": token("pm_1"),
        "payment_method_details": details,
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": {"amount": None, **transfer} if transfer else None,
        "transfer_group": f"group_{intent['id']}" if transfer else None,
        "_brand": brand.brand,
    }


def _descriptor(intent: Json, brand: BrandAccount) -> str:
    prefix = (brand.statement_prefix or brand.brand)[:10].upper()
    suffix = intent["statement_descriptor_suffix"]
    return f"{prefix}* {suffix}"[:22] if suffix else prefix


def card_details(card: TestCard, expiry: tuple[int, int], *, challenged: bool) -> Json:
    """`payment_method_details` of a card; `expiry` is month and year."""
    secure = {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": token("", 20),
        "version": "2.2.0",
    }
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "pass",
            },
            "country": "US",
            "exp_month": expiry[0],
            "exp_year": expiry[1],
            "fingerprint": sha256(card.number.encode()).hexdigest()[:16],
            "funding": "credit",
            "last4": card.last4,
            "network": card.brand,
            "three_d_secure": secure if challenged else None,
            "wallet": None,
        },
    }


def debit_details(kind: str) -> Json:
    """`payment_method_details` of a bank debit."""
    if kind == "us_bank_account":
        return {
            "type": kind,
            kind: {
                "account_holder_type": "individual",
                "account_type": "checking",
                "bank_name": "STRIPE TEST BANK",
                "fingerprint": None,
                "last4": "6789",
                "payment_reference": None,
                "routing_number": "110000000",
            },
        }
    return {"type": kind, kind: {"fingerprint": None, "last4": "3000", "mandate": None}}


def approved(*, risk: int = 20) -> Json:
    """`outcome` of a charge that went through."""
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": risk,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def refused(reason: str) -> Json:
    """`outcome` of a charge that the bank refused."""
    return approved() | {
        "network_status": "declined_by_network",
        "reason": reason,
        "seller_message": "The bank returned the decline code `" + reason + "`.",
        "type": "issuer_declined",
    }


# How Stripe's reports name a kind of movement, where it is not the kind itself.
_CATEGORIES = {
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "transfer_refund": "transfer_reversal",
}


def balance_transaction(
    *, brand: str, source: str, kind: str, amount: int, currency: str, fee: int, what: str
) -> Json:
    """A movement of the platform's balance; `fee` is Stripe's own."""
    now = whole_seconds()
    return {
        "id": token("txn_3"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 86_400,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": what,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ]
        if fee
        else [],
        "net": amount - fee,
        "reporting_category": _CATEGORIES.get(kind, kind),
        "source": source,
        "status": "pending",
        "type": kind,
        "_brand": brand,
    }


def transfer(found: Json, amount: int) -> Json:
    """The transfer of a destination charge to its connected account."""
    key = token("tr_3")
    return {
        "id": key,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": None,
        "created": whole_seconds(),
        "currency": found["currency"],
        "description": None,
        "destination": found["transfer_data"]["destination"],
        "destination_payment": token("py_1"),
        "livemode": False,
        "metadata": {},
        "reversals": _empty_list(f"/v1/transfers/{key}/reversals"),
        "reversed": False,
        "source_transaction": found["id"],
        "source_type": "card",
        "transfer_group": found["transfer_group"],
        "_brand": found["_brand"],
    }


def application_fee(found: Json, amount: int) -> Json:
    """The platform's share of a destination charge."""
    key = token("fee_1")
    return {
        "id": key,
        "object": "application_fee",
        "account": found["transfer_data"]["destination"],
        "amount": amount,
        "amount_refunded": 0,
        "application": token("ca_"),
        "balance_transaction": None,
        "charge": found["id"],
        "created": whole_seconds(),
        "currency": found["currency"],
        "fee_source": {"charge": found["id"], "type": "charge"},
        "livemode": False,
        "originating_transaction": found["id"],
        "refunded": False,
        "refunds": _empty_list(f"/v1/application_fees/{key}/refunds"),
        "_brand": found["_brand"],
    }


def _empty_list(url: str) -> Json:
    return {"object": "list", "data": [], "has_more": False, "url": url}
