"""From a confirmed checkout to a settled charge, with Stripe's events in Stripe's order.

A payment tells its story in two parts. At once: `payment_intent.created`, `charge.succeeded`,
`payment_intent.succeeded`, `checkout.session.completed`; balance transaction, transfer and
application fee are not there yet. A moment later: `charge.updated`, `transfer.created`,
`application_fee.created`. https://docs.stripe.com/payments/payment-intents/asynchronous-capture
"""

from djplatform.sandbox.config import BrandAccount
from djplatform.sandbox.core import Sandbox, seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import disputes, objects, sessions
from djplatform.sandbox.stripe.arithmetic import processor_fee, split
from djplatform.sandbox.stripe.cards import AUTHENTICATION_FAILED, TestCard
from djplatform.sandbox.stripe.events import emit

SETTLEMENT = "settlement"


async def intent_of(rows: Rows, session: Json) -> Json:
    """The payment intent of a session, made at the payer's first try."""
    if session["payment_intent"]:
        found = await rows.get("payment_intent", session["payment_intent"], lock=True)
        if found is not None:
            return found
    intent = objects.payment_intent(session)
    session["payment_intent"] = intent["id"]
    await sessions.save(rows, session["_brand"], session)
    await _keep(rows, intent)
    await emit(rows, intent["_brand"], "payment_intent.created", intent)
    return intent


async def _keep(rows: Rows, found: Json, *, due_at: float | None = None) -> None:
    await rows.put(found["object"], found["id"], found, owner=found["_brand"], due_at=due_at)


async def _tell(
    rows: Rows, kind: str, found: Json, group: str, previous: Json | None = None
) -> None:
    await emit(rows, found["_brand"], kind, found, group=group, previous=previous)


async def decline(
    rows: Rows, brand: BrandAccount, session: Json, details: Json, card: TestCard, payer: Json
) -> None:
    """A refused try: a failed charge; the checkout stays open for another."""
    intent = await intent_of(rows, session)
    charge = objects.charge(intent, brand, details, payer)
    charge |= {
        "status": "failed",
        "failure_code": card.code,
        "failure_message": card.message,
        "outcome": objects.refused(card.decline_code),
    }
    await _keep(rows, charge)
    error = {
        "charge": charge["id"],
        "code": card.code,
        "decline_code": card.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{card.code.replace('_', '-')}",
        "message": card.message,
        "type": "card_error",
    }
    await _fail_intent(rows, intent, error, charge=charge)


async def _fail_intent(rows: Rows, intent: Json, error: Json, *, charge: Json | None) -> None:
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": error,
        "next_action": None,
        "processing": None,
    }
    if charge is not None:
        intent["latest_charge"] = charge["id"]
    await _keep(rows, intent)
    if charge is not None:
        await _tell(rows, "charge.failed", charge, intent["id"])
    await _tell(rows, "payment_intent.payment_failed", intent, intent["id"])


async def challenge(rows: Rows, session: Json, details: Json, payer: Json, url: str) -> None:
    """The bank wants to see the card's holder: wait for 3-D Secure at `url`."""
    intent = await intent_of(rows, session)
    intent |= {
        "status": "requires_action",
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": url, "return_url": session["success_url"]},
        },
        "_waiting": {"details": details, "payer": payer},
    }
    await _keep(rows, intent)
    await _tell(rows, "payment_intent.requires_action", intent, intent["id"])


async def fail_challenge(rows: Rows, session: Json) -> None:
    """The holder did not pass 3-D Secure."""
    intent = await intent_of(rows, session)
    error = {
        "code": "payment_intent_authentication_failure",
        "doc_url": "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
        "message": AUTHENTICATION_FAILED,
        "type": "invalid_request_error",
    }
    await _fail_intent(rows, intent, error, charge=None)


async def pay(
    sandbox: Sandbox,
    rows: Rows,
    brand: BrandAccount,
    session: Json,
    details: Json,
    payer: Json,
    *,
    disputed: bool = False,
) -> None:
    """A card that goes through: the checkout is complete and paid, and maybe disputed later."""
    intent = await intent_of(rows, session)
    charge = objects.charge(intent, brand, details, payer) | {"_disputed_later": disputed}
    await _succeed(sandbox, rows, intent, charge)
    await _complete(rows, session, payer, paid=True)
    await _tell(rows, "checkout.session.completed", session, intent["id"])


async def _succeed(sandbox: Sandbox, rows: Rows, intent: Json, charge: Json) -> None:
    charge |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": charge["amount"],
        "outcome": objects.approved(),
        "receipt_url": f"{sandbox.config.public_url}/receipts/{charge['id']}",
    }
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "last_payment_error": None,
        "next_action": None,
        "processing": None,
    }
    await _keep(rows, charge)
    await _keep(rows, intent)
    await _tell(rows, "charge.succeeded", charge, intent["id"])
    await _tell(rows, "payment_intent.succeeded", intent, intent["id"])
    due = seconds() + sandbox.config.settle_after
    settlement = {"charge": charge["id"], "brand": charge["_brand"]}
    await rows.put(SETTLEMENT, charge["id"], settlement, owner=charge["_brand"], due_at=due)


async def _complete(rows: Rows, session: Json, payer: Json, *, paid: bool) -> None:
    session |= {
        "status": "complete",
        "payment_status": "paid" if paid else "unpaid",
        "url": None,
        "customer_details": {
            "address": payer["address"],
            "business_name": None,
            "email": payer["email"],
            "individual_name": None,
            "name": payer["name"],
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
    }
    await sessions.save(rows, session["_brand"], session)


async def debit(rows: Rows, brand: BrandAccount, session: Json, details: Json, payer: Json) -> None:
    """A bank debit: the checkout is complete, but whether the money comes shows days later."""
    intent = await intent_of(rows, session)
    charge = objects.charge(intent, brand, details, payer)
    intent |= {
        "status": "processing",
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "last_payment_error": None,
    }
    await _keep(rows, charge)
    await _keep(rows, intent)
    await _tell(rows, "payment_intent.processing", intent, intent["id"])
    await _tell(rows, "charge.pending", charge, intent["id"])
    await _complete(rows, session, payer, paid=False)
    await _tell(rows, "checkout.session.completed", session, intent["id"])
    await rows.put("pending_debit", session["id"], {"session": session["id"]}, owner=brand.brand)


async def finish_debit(sandbox: Sandbox, rows: Rows, session_id: str, *, succeeds: bool) -> bool:
    """Let a pending debit succeed or fail; False when it is no longer pending."""
    waiting = await rows.get("pending_debit", session_id, lock=True)
    session = await rows.get(sessions.KIND, session_id, lock=True)
    if waiting is None or session is None:
        return False
    await rows.remove("pending_debit", session_id)
    intent = await intent_of(rows, session)
    charge = await rows.get("charge", intent["latest_charge"]) or {}
    if succeeds:
        await _succeed(sandbox, rows, intent, charge)
        session["payment_status"] = "paid"
    else:
        await _bounce(rows, intent, charge)
    await sessions.save(rows, session["_brand"], session)
    ending = "succeeded" if succeeds else "failed"
    await _tell(rows, f"checkout.session.async_payment_{ending}", session, intent["id"])
    return True


async def _bounce(rows: Rows, intent: Json, charge: Json) -> None:
    message = "The customer's account has insufficient funds to cover this payment."
    charge |= {
        "status": "failed",
        "failure_code": "insufficient_funds",
        "failure_message": message,
        "outcome": objects.refused("insufficient_funds"),
    }
    await _keep(rows, charge)
    error = {
        "charge": charge["id"],
        "code": "insufficient_funds",
        "message": message,
        "type": "invalid_request_error",
    }
    await _fail_intent(rows, intent, error, charge=charge)


async def settle_due(sandbox: Sandbox, rows: Rows, until: float) -> None:
    """Give the charges their balance transaction, transfer and application fee."""
    for settlement in await rows.due(SETTLEMENT, until):
        if await rows.get(SETTLEMENT, settlement["charge"], lock=True) is not None:
            await rows.remove(SETTLEMENT, settlement["charge"])
            await _settle(sandbox, rows, settlement["charge"])


async def _settle(sandbox: Sandbox, rows: Rows, charge_id: str) -> None:
    charge = await rows.get("charge", charge_id, lock=True)
    if charge is None:
        return
    rate = await rows.get("control", "processor") or sandbox.config.processor
    to = charge["transfer_data"]
    parts = split(
        charge["amount"],
        fee=processor_fee(charge["amount"], rate["basis_points"], rate["fixed"]),
        application_fee=charge["application_fee_amount"],
        transfer_amount=to["amount"] if to else None,
        to_connected=to is not None,
    )
    entry = await _book(rows, charge, "charge", charge["amount"], fee=parts.processor_fee)
    before: Json = {"balance_transaction": None}
    charge["balance_transaction"] = entry["id"]
    moved: list[tuple[str, Json]] = []
    if to is not None:
        transfer = objects.transfer(charge, parts.transferred)
        moved.append(("transfer.created", transfer))
        charge["transfer"] = transfer["id"]
    if parts.application_fee:
        fee = objects.application_fee(charge, parts.application_fee)
        moved.append(("application_fee.created", fee))
        before["application_fee"] = None
        charge["application_fee"] = fee["id"]
    for _, found in moved:
        sign = -1 if found["object"] == "transfer" else 1
        booked = await _book(rows, found, found["object"], sign * found["amount"])
        found["balance_transaction"] = booked["id"]
        await _keep(rows, found)
    await _keep(rows, charge)
    await _tell(rows, "charge.updated", charge, charge["payment_intent"], before)
    for kind, found in moved:
        await _tell(rows, kind, found, charge["payment_intent"])
    if charge.get("_disputed_later"):
        await disputes.begin(rows, charge)


async def _book(rows: Rows, source: Json, kind: str, amount: int, *, fee: int = 0) -> Json:
    entry = objects.balance_transaction(
        brand=source["_brand"],
        source=source["id"],
        kind=kind,
        amount=amount,
        currency=source["currency"],
        fee=fee,
        what=source.get("description") or kind.replace("_", " "),
    )
    await _keep(rows, entry)
    return entry
