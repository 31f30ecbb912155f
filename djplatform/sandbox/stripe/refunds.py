"""Refunds as in Stripe's dashboard: in parts, with or without the payee's and our share.

The payer's money comes from the platform's balance. Only with `reverse_transfer` the connected
account gives back its part of the transfer, and only with `refund_application_fee` the platform
gives back its part of the fee. https://docs.stripe.com/connect/destination-charges#issue-refunds
"""

from djplatform.sandbox.core import token, whole_seconds
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe import objects
from djplatform.sandbox.stripe.arithmetic import share_of_fee
from djplatform.sandbox.stripe.events import emit, public

KIND = "refund"


async def create(
    rows: Rows, charge: Json, amount: int, *, reverse_transfer: bool, refund_application_fee: bool
) -> Json:
    """Refund a part of a settled charge, or what is left of it.

    Raises:
        ValueError: it is more than what is left, or nothing can be refunded now.
    """
    left = charge["amount"] - charge["amount_refunded"]
    if not charge["balance_transaction"] or charge["disputed"] or not 0 < amount <= left:
        raise ValueError(f"amount: a settled, undisputed charge gives back 1 to {left} of it")
    refund = _refund(charge, amount)
    refund["balance_transaction"] = await _book(rows, refund, "refund", -amount)
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    _count(charge, amount)
    back: list[tuple[str, Json, Json]] = []
    if reverse_transfer and charge.get("transfer"):
        back.append(await _reverse(rows, charge, refund))
    if refund_application_fee and charge["application_fee"]:
        back.append(await _refund_fee(rows, charge))
    await _keep(rows, charge, refund)
    await _tell(rows, "refund.created", refund, charge)
    await _tell(rows, "charge.refunded", charge, charge, before)
    for kind, found, earlier in back:
        await _tell(rows, kind, found, charge, earlier)
    return refund


async def fail(rows: Rows, refund: Json) -> Json:
    """The payer's bank did not take it: the money is the platform's again, and only that.

    Raises:
        ValueError: it has failed already.
    """
    if refund["status"] == "failed":
        raise ValueError("the refund has failed already")
    charge = await rows.get("charge", refund["charge"], lock=True) or {}
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    again = await _book(rows, refund, "refund_failure", refund["amount"])
    refund["failure_balance_transaction"] = again
    _count(charge, -refund["amount"])
    await _keep(rows, charge, refund)
    await _tell(rows, "refund.failed", refund, charge)
    return refund


def _count(charge: Json, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


async def _reverse(rows: Rows, charge: Json, refund: Json) -> tuple[str, Json, Json]:
    """The refund's part of the transfer: all of the charge was transferred, so it is the same."""
    transfer = await rows.get("transfer", charge["transfer"], lock=True) or {}
    before = {name: transfer[name] for name in ("amount_reversed", "reversed")}
    reversal: Json = _part("transfer_reversal", "trr_1", transfer, refund["amount"])
    reversal |= {"transfer": transfer["id"], "source_refund": refund["id"]}
    reversal |= {"destination_payment_refund": None}
    booked = await _book(rows, reversal, "transfer_refund", refund["amount"])
    reversal["balance_transaction"] = booked
    refund["transfer_reversal"] = reversal["id"]
    transfer["reversals"]["data"].append(public(reversal))
    transfer["amount_reversed"] += refund["amount"]
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    await _keep(rows, transfer)
    return "transfer.reversed", transfer, before


async def _refund_fee(rows: Rows, charge: Json) -> tuple[str, Json, Json]:
    """The refunds' part of the application fee, so far, less what was given back before."""
    fee = await rows.get("application_fee", charge["application_fee"], lock=True) or {}
    before = {name: fee[name] for name in ("amount_refunded", "refunded")}
    due = share_of_fee(fee["amount"], charge["amount_refunded"], charge["amount"])
    part: Json = _part("fee_refund", "fr_1", fee, due - fee["amount_refunded"])
    part["fee"] = fee["id"]
    booked = await _book(rows, part, "application_fee_refund", -part["amount"])
    part["balance_transaction"] = booked
    fee["refunds"]["data"].append(public(part))
    fee["amount_refunded"] = due
    fee["refunded"] = due == fee["amount"]
    await _keep(rows, fee)
    return "application_fee.refunded", fee, before


def _refund(charge: Json, amount: int) -> Json:
    return _part(KIND, "re_3", charge, amount) | {
        "charge": charge["id"],
        "payment_intent": charge["payment_intent"],
        "reason": "requested_by_customer",
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def _part(kind: str, prefix: str, whole: Json, amount: int) -> Json:
    """What refunds, reversals and fee refunds have in common."""
    return {
        "id": token(prefix),
        "object": kind,
        "amount": amount,
        "created": whole_seconds(),
        "currency": whole["currency"],
        "metadata": {},
        "_brand": whole["_brand"],
    }


async def _book(rows: Rows, source: Json, kind: str, amount: int) -> str:
    entry = objects.balance_transaction(
        brand=source["_brand"],
        source=source["id"],
        kind=kind,
        amount=amount,
        currency=source["currency"],
        fee=0,
        what=kind.replace("_", " "),
    )
    await _keep(rows, entry)
    return entry["id"]


async def _keep(rows: Rows, *found: Json) -> None:
    for one in found:
        await rows.put(one["object"], one["id"], one, owner=one["_brand"])


async def _tell(
    rows: Rows, kind: str, found: Json, charge: Json, previous: Json | None = None
) -> None:
    group = charge["payment_intent"]
    await emit(rows, charge["_brand"], kind, found, group=group, previous=previous)
