"""Reading single objects and lists, with `expand`."""

from collections.abc import Sequence

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
    listed = await _sublist(rows, found, name)
    value = node.get(name) if listed is None else listed
    if isinstance(value, str):
        kind = next((kind for prefix, kind in _KINDS.items() if value.startswith(prefix)), "")
        inner = await rows.get(kind, value)
        if inner is None:
            raise ApiError(400, f"This property cannot be expanded ({name}).", param="expand")
        value = public(inner)
    if value is not None:
        node[name] = value
    if rest and isinstance(value, dict):
        await _expand(rows, value, value, rest)


async def _sublist(rows: Rows, found: Json, name: str) -> Json | None:
    """The lists that an object shows only when they are asked for; ten of each, the newest."""
    match found["object"], name:
        case "checkout.session", "line_items":
            url = f"/v1/checkout/sessions/{found['id']}/line_items"
            return _list([found["_line"]], 10, url)
        case "charge", "refunds":
            refunds = await rows.find("refund", where={"charge": found["id"]}, limit=11)
            return _list(refunds, 10, f"/v1/charges/{found['id']}/refunds")
        case _:
            return None


def _list(found: Sequence[Json], limit: int, url: str) -> Json:
    """A page of a list, of objects of which there may be more than the page takes."""
    data = [public(one) for one in found[:limit]]
    return {"object": "list", "data": data, "has_more": len(found) > limit, "url": url}


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
    """`GET /v1/events`: newest first, by type, by page."""
    return await _page(call, "event", "/v1/events", filters=("type",))


async def list_balance_transactions(call: Call) -> Json:
    """`GET /v1/balance_transactions`: newest first, by source or type, by page."""
    kind, url = "balance_transaction", "/v1/balance_transactions"
    return await _page(call, kind, url, filters=("source", "type"))


async def _page(call: Call, kind: str, url: str, *, filters: Sequence[str]) -> Json:
    params = call.params
    only(params, ["limit", "starting_after", *filters])
    limit = integer(params, "limit", default=10)
    if not 1 <= limit <= 100:
        raise ApiError(400, "This value must be between 1 and 100.", param="limit")
    found = await call.rows.find(
        kind,
        owner=call.brand.brand,
        where={name: params[name] for name in filters if params.get(name)},
        after=str(params.get("starting_after") or ""),
        limit=limit + 1,
    )
    return _list(found, limit, url)


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
