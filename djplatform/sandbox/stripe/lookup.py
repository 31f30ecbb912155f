"""Reading single objects and lists, with `expand`."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe.api import Call, Handler
from djplatform.sandbox.stripe.errors import ApiError, no_such
from djplatform.sandbox.stripe.events import public
from djplatform.sandbox.stripe.forms import integer, only

# Which kind an id belongs to, by Stripe's prefixes.
_KINDS = {"pi_": "payment_intent", "ch_": "charge", "py_": "charge", "txn_": "balance_transaction",
          "tr_": "transfer", "fee_": "application_fee", "pm_": "payment_method"}  # fmt: skip


async def expanded(rows: Rows, found: Json, paths: Sequence[str]) -> Json:
    """The object with the fields that `expand` names replaced by the objects they name.

    Raises:
        ApiError: a path of more than four steps, or one that cannot be expanded.
    """
    shown = public(found)
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise ApiError(400, f"You cannot expand more than 4 levels of a property: {path}")
        await _expand(rows, found, shown, steps)
    return shown


async def _expand(rows: Rows, found: Json, node: Json, steps: list[str]) -> None:
    name, *rest = steps
    if name == "line_items" and "_line" in found:
        url = f"/v1/checkout/sessions/{found['id']}/line_items"
        node[name] = {"object": "list", "data": [public(found["_line"])], "has_more": False,
                      "url": url}  # fmt: skip
        return
    value = node.get(name)
    if isinstance(value, str):
        kind = next((kind for prefix, kind in _KINDS.items() if value.startswith(prefix)), "")
        inner = await rows.get(kind, value)
        if inner is None:
            raise ApiError(400, f"This property cannot be expanded ({name}).", param="expand")
        node[name] = value = public(inner)
    if rest and isinstance(value, dict):
        await _expand(rows, value, value, rest)


def by_id(kind: str, path_name: str) -> Handler:
    """A handler that reads one object of a kind."""

    async def retrieve(call: Call) -> Json:
        only(call.params, ["expand"])
        key = call.path[path_name]
        found = await call.rows.get(kind, key)
        if found is None or found["_brand"] != call.brand.brand:
            raise no_such(kind, key, path_name)
        return await expanded(call.rows, found, call.params.get("expand") or [])

    return retrieve


async def list_events(call: Call) -> Json:
    """`GET /v1/events`: newest first, by type, by time, by page."""
    params = call.params
    only(params, ["limit", "starting_after", "ending_before", "type", "types", "created"])
    limit = integer(params, "limit", default=10)
    if not 1 <= limit <= 100:
        raise ApiError(400, "This value must be between 1 and 100.", param="limit")
    backwards = str(params.get("ending_before") or "")
    filtered = any(params.get(name) for name in ("type", "types", "created"))
    found = await call.rows.find(
        "event",
        owner=call.brand.brand,
        newest_first=not backwards,
        after=backwards or str(params.get("starting_after") or ""),
        limit=100_000 if filtered else limit + 1,
    )
    patterns = [params["type"]] if params.get("type") else params.get("types") or ["*"]
    wanted = [event for event in found if _matches(event, patterns, params.get("created"))]
    page = [public(event) for event in wanted[:limit]]
    if backwards:
        page.reverse()
    return {"object": "list", "data": page, "has_more": len(wanted) > limit, "url": "/v1/events"}


def _matches(event: Json, patterns: Sequence[str], created: object) -> bool:
    if not any(fnmatchcase(event["type"], pattern) for pattern in patterns):
        return False
    if created is None:
        return True
    limits = created if isinstance(created, dict) else {"gte": created, "lte": created}
    tests = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    for name, value in limits.items():
        if name not in tests or not re.fullmatch(r"\d{1,12}", str(value)):
            raise ApiError(400, f"Invalid created: {name}", param="created")
        if not tests[name](event["created"], int(str(value))):
            return False
    return True


async def balance(call: Call) -> Json:
    """`GET /v1/balance`: the sum of all that was booked; nothing has been paid out."""
    totals: dict[str, int] = {}
    entries = await call.rows.find("balance_transaction", owner=call.brand.brand, limit=1_000_000)
    for entry in entries:
        totals[entry["currency"]] = totals.get(entry["currency"], 0) + entry["net"]
    amounts = [
        {"amount": total, "currency": currency, "source_types": {"card": total}}
        for currency, total in sorted(totals.items())
    ]
    return {"object": "balance", "livemode": False, "available": amounts, "pending": []}


async def list_balance_transactions(call: Call) -> Json:
    """`GET /v1/balance_transactions`: newest first, by source or type."""
    params = call.params
    only(params, ["limit", "starting_after", "source", "type"])
    limit = integer(params, "limit", default=10)
    found = await call.rows.find(
        "balance_transaction",
        owner=call.brand.brand,
        where={name: params[name] for name in ("source", "type") if params.get(name)},
        after=str(params.get("starting_after") or ""),
        limit=limit + 1,
    )
    return {
        "object": "list",
        "data": [public(entry) for entry in found[:limit]],
        "has_more": len(found) > limit,
        "url": "/v1/balance_transactions",
    }
