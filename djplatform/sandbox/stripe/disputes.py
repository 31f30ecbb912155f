"""Disputes of destination charges: Stripe takes amount and fee back from the platform.

The connected account's transfer stays; getting it back is the platform's business.
https://docs.stripe.com/connect/disputes
"""

from djplatform.sandbox.core import token, whole_seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import objects
from djplatform.sandbox.stripe.api import Call
from djplatform.sandbox.stripe.errors import no_such
from djplatform.sandbox.stripe.events import emit, public
from djplatform.sandbox.stripe.forms import only, text
from djplatform.sandbox.stripe.lookup import expanded

KIND = "dispute"
FEE = 1_500
"""What Stripe charges for a dispute, in minor units (15.00 USD)."""
_ANSWER_WITHIN = 9 * 86_400
_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy",
    "cancellation_policy_disclosure", "cancellation_rebuttal", "customer_communication",
    "customer_email_address", "customer_name", "customer_purchase_ip", "customer_signature",
    "duplicate_charge_documentation", "duplicate_charge_explanation", "duplicate_charge_id",
    "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address",
    "shipping_carrier", "shipping_date", "shipping_documentation", "shipping_tracking_number",
    "uncategorized_file", "uncategorized_text",
)  # fmt: skip


async def begin(rows: Rows, charge: Json) -> Json:
    """The payer's bank wants the money back: withdraw it from the platform."""
    dispute = _dispute(charge)
    withdrawn = objects.balance_transaction(
        brand=charge["_brand"],
        source=dispute["id"],
        kind="adjustment",
        amount=-dispute["amount"],
        currency=charge["currency"],
        fee=FEE,
        what=f"Chargeback withdrawal for {charge['id']}",
    ) | {"reporting_category": "dispute"}
    dispute["balance_transactions"] = [public(withdrawn)]
    charge["disputed"] = True
    for found in (withdrawn, charge, dispute):
        await rows.put(found["object"], found["id"], found, owner=charge["_brand"])
    await _tell(rows, "created", dispute)
    await _tell(rows, "funds_withdrawn", dispute)
    return dispute


async def end(rows: Rows, dispute: Json, *, won: bool) -> Json:
    """The bank has decided; a win brings back what was withdrawn."""
    dispute["status"] = "won" if won else "lost"
    if won:
        back = objects.balance_transaction(
            brand=dispute["_brand"],
            source=dispute["id"],
            kind="adjustment",
            amount=dispute["amount"],
            currency=dispute["currency"],
            fee=-FEE,
            what=f"Chargeback reversal for {dispute['charge']}",
        ) | {"reporting_category": "dispute_reversal"}
        await rows.put(back["object"], back["id"], back, owner=dispute["_brand"])
        dispute["balance_transactions"].append(public(back))
    await rows.put(KIND, dispute["id"], dispute, owner=dispute["_brand"])
    if won:
        await _tell(rows, "funds_reinstated", dispute)
    await _tell(rows, "closed", dispute)
    return dispute


async def _tell(rows: Rows, what: str, dispute: Json) -> None:
    group = dispute["payment_intent"]
    await emit(rows, dispute["_brand"], f"charge.dispute.{what}", dispute, group=group)


def _dispute(charge: Json) -> Json:
    now = whole_seconds()
    return {
        "id": token("du_1"),
        "object": KIND,
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(_EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + _ANSWER_WITHIN,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
        "_brand": charge["_brand"],
    }


async def retrieve(call: Call) -> Json:
    """`GET /v1/disputes/{dispute}`."""
    found = await call.rows.get(KIND, call.path["dispute"])
    if found is None or found["_brand"] != call.brand.brand:
        raise no_such("dispute", call.path["dispute"], "dispute")
    return await expanded(call.rows, found, call.params.get("expand") or [])


async def list_of_charge(call: Call) -> Json:
    """`GET /v1/disputes?charge=`: newest first; `limit` changes nothing, there are few."""
    only(call.params, ["charge", "limit"])
    found = await call.rows.find(
        KIND, owner=call.brand.brand, where={"charge": text(call.params, "charge")}
    )
    data = [public(one) for one in found]
    return {"object": "list", "data": data, "has_more": False, "url": "/v1/disputes"}
