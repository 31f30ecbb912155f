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
)

Json = Mapping[str, Any]


def moment(value: int | str) -> datetime:
    """Seconds since 1970 (v1) or RFC 3339 (v2) as an aware UTC time."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC)
    return datetime.fromisoformat(value).astimezone(UTC)


def money(minor: int | None, currency: str | None) -> Money:
    """An amount; Stripe's currencies are lower case."""
    return Money(minor or 0, (currency or "usd").upper())


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
    return Capability(node["status"])


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
        country=str((account.get("identity") or {}).get("country") or "").upper(),
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
        reference=session.get("client_reference_id") or "",
        amount=money(session["amount_total"], session["currency"]),
        expires_at=moment(session["expires_at"]),
        metadata=dict(session.get("metadata") or {}),
        livemode=session["livemode"],
    )


def balance_transaction(entry: Json) -> BalanceTransaction:
    """One movement of the balance."""
    currency = entry["currency"]
    return BalanceTransaction(
        transaction_id=entry["id"],
        type=entry["type"],
        amount=money(entry["amount"], currency),
        fee=money(entry["fee"], currency),
        net=money(entry["net"], currency),
        source_id=id_of(entry.get("source")) or "",
        created=moment(entry["created"]),
    )


def charge_detail(charge: Json) -> ChargeDetail:
    """A charge that was read with balance transaction, transfer and application fee expanded."""
    currency = charge["currency"]
    balance, transfer, fee = (
        charge.get(name) for name in ("balance_transaction", "transfer", "application_fee")
    )
    return ChargeDetail(
        charge_id=charge["id"],
        payment_intent_id=id_of(charge.get("payment_intent")) or "",
        status=charge["status"],
        amount=money(charge["amount"], currency),
        refunded=money(charge["amount_refunded"], currency),
        paid=charge["paid"],
        disputed=charge["disputed"],
        metadata=dict(charge.get("metadata") or {}),
        statement_descriptor=charge.get("calculated_statement_descriptor") or "",
        failure_message=charge.get("failure_message") or "",
        balance=balance_transaction(balance) if balance else None,
        transfer_id=id_of(transfer),
        transferred=money(transfer["amount"], transfer["currency"]) if transfer else None,
        application_fee_id=id_of(fee),
        application_fee=money(fee["amount"], fee["currency"]) if fee else None,
    )
