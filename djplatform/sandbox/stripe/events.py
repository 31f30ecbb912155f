"""Events: recorded, listed, and put into the queue of webhooks."""

from djplatform.sandbox.core import rfc3339, seconds, token, whole_seconds
from djplatform.sandbox.store import Json, Rows

API_VERSION = "2026-05-27.dahlia"


def public(body: Json) -> Json:
    """An object as the API shows it: our own notes begin with an underscore."""
    return {name: value for name, value in body.items() if not name.startswith("_")}


async def emit(
    rows: Rows,
    brand: str,
    kind: str,
    subject: Json,
    *,
    previous: Json | None = None,
    group: str = "",
) -> str:
    """Record a snapshot event and queue its webhook; returns its id.

    Events of one group (a payment) are delivered one after the other, groups side by side.
    """
    data: Json = {"object": public(subject)}
    if previous is not None:
        data["previous_attributes"] = previous
    event: Json = {
        "id": token("evt_"),
        "object": "event",
        "api_version": API_VERSION,
        "created": whole_seconds(),
        "data": data,
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        "_brand": brand,
    }
    await rows.put("event", event["id"], event, owner=brand)
    await _queue(rows, brand, event["id"], "snapshot", group or str(subject["id"]))
    return event["id"]


async def emit_thin(
    rows: Rows, brand: str, kind: str, account_id: str, *, data: Json | None = None
) -> str:
    """Record a thin event about an account and queue its webhook; returns its id."""
    event: Json = {
        "id": token("evt_test_"),
        "object": "v2.core.event",
        "type": kind,
        "created": rfc3339(),
        "livemode": False,
        "related_object": {
            "id": account_id,
            "type": "v2.core.account",
            "url": f"/v2/core/accounts/{account_id}",
        },
        "_brand": brand,
    }
    if data is not None:
        # Kept for whoever fetches the event; a pushed notification does not carry it.
        event["data"] = data
    await rows.put("thin_event", event["id"], event, owner=brand)
    await _queue(rows, brand, event["id"], "thin", account_id)
    return event["id"]


async def _queue(rows: Rows, brand: str, event_id: str, endpoint: str, group: str) -> None:
    delivery: Json = {
        "id": token("whd_"),
        "brand": brand,
        "event": event_id,
        "endpoint": endpoint,
        "group": f"{brand} {endpoint} {group}",
        "attempts": 0,
        "state": "due",
        "queued_at": seconds(),
    }
    await rows.put("delivery", delivery["id"], delivery, owner=brand, due_at=delivery["queued_at"])
