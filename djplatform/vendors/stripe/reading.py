"""Stripe's objects, as plain dictionaries, into our own frozen views."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from djplatform.core.money import Money
from djplatform.vendors.stripe.port import (
    AccountStatus,
    BalanceTransaction,
    Capability,
    ChargeDetail,
    CheckoutSession,
    Dispute,
)

Json = Mapping[str, Any]


def moment(value: int | str) -> datetime:
    """Seconds since 1970 (v1) or RFC 3339 (v2) as an aware UTC time."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value).astimezone(UTC)


def money(minor: int, currency: str) -> Money:
    """An amount; Stripe's currencies are lower case.

    Raises:
        UnsupportedCurrency: one that we cannot count in (three decimals).
    """
    return Money(minor, currency.upper())


def id_of(value: Any) -> str | None:
    """The id of a field that may be expanded, a bare id, null or absent."""
    if isinstance(value, Mapping):
        return str(value["id"])
    return str(value) if value else None


def _capability(configuration: Any, *path: str) -> Capability:
    """A capability's state; v2 leaves out or nulls whatever was not requested."""
    node: Any = configuration
    for step in ("capabilities", *path):
        node = node.get(step) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping):
        return Capability.ABSENT
    try:
        return Capability(node["status"])
    except ValueError:
        # A state that is newer than we are is not known to work.
        return Capability.RESTRICTED


def account_status(account: Json) -> AccountStatus:
    """A v2 account that was read with its configurations, identity and requirements."""
    configuration = account.get("configuration") or {}
    recipient = configuration.get("recipient")
    entries = (account.get("requirements") or {}).get("entries") or []
    waiting = [entry for entry in entries if entry["awaiting_action_from"] == "user"]
    due = [entry["minimum_deadline"]["status"] for entry in waiting]
    return AccountStatus(
        account_id=account["id"],
        transfers=_capability(recipient, "stripe_balance", "stripe_transfers"),
        card_payments=_capability(configuration.get("merchant"), "card_payments"),
        payouts=_capability(recipient, "stripe_balance", "payouts"),
        requirements_due=tuple(
            entry["description"]
            for entry, status in zip(waiting, due, strict=True)
            if status != "eventually_due"
        ),
        past_due="past_due" in due,
        closed=bool(account.get("closed")),
    )


def checkout_session(session: Json) -> CheckoutSession:
    """A Checkout session of mode `payment`."""
    return CheckoutSession(
        session_id=session["id"],
        status=session["status"],
        payment_status=session["payment_status"],
        url=session.get("url") or "",
        payment_intent_id=id_of(session.get("payment_intent")) or "",
        amount=money(session["amount_total"], session["currency"]),
    )


def charge_detail(charge: Json) -> ChargeDetail:
    """A charge that was read with balance transaction, transfer, fee and refunds expanded."""
    currency = charge["currency"]
    balance, transfer, fee = (
        charge.get(name) for name in ("balance_transaction", "transfer", "application_fee")
    )
    asked = charge.get("application_fee_amount")
    return ChargeDetail(
        charge_id=charge["id"],
        payment_intent_id=id_of(charge.get("payment_intent")) or "",
        metadata=dict(charge.get("metadata") or {}),
        amount=money(charge["amount"], currency),
        paid=charge["paid"],
        refunded=money(_refunded(charge), currency),
        disputed=charge["disputed"],
        balance=_balance_transaction(balance) if balance else None,
        transferred=_of(transfer, "amount"),
        reversed=_of(transfer, "amount_reversed"),
        fee_asked=money(asked, currency) if asked else None,
        application_fee=_of(fee, "amount"),
        fee_refunded=_of(fee, "amount_refunded"),
    )


def _refunded(charge: Json) -> int:
    """By the balance: a refund that failed has brought its money back."""
    refunds = charge["refunds"]
    if refunds["has_more"]:
        return charge["amount_refunded"]
    gone = (one for one in refunds["data"] if not one.get("failure_balance_transaction"))
    return sum(one["amount"] for one in gone)


def _of(found: Json | None, name: str) -> Money | None:
    """An amount of an object that may not exist yet."""
    return money(found[name], found["currency"]) if found else None


def _balance_transaction(entry: Json) -> BalanceTransaction:
    return BalanceTransaction(entry["id"], money(entry["fee"], entry["currency"]))


def dispute(found: Json) -> Dispute:
    """A dispute, by what Stripe's balance lost to it: withdrawn, and given back after a win."""
    moved = found["balance_transactions"]
    # All of a dispute's movements are in the currency in which the platform settles.
    currency = moved[0]["currency"] if moved else found["currency"]
    return Dispute(
        dispute_id=found["id"],
        taken=money(-sum(entry["amount"] for entry in moved), currency),
        cost=money(sum(entry["fee"] for entry in moved), currency),
    )
