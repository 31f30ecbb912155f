"""The control API: what tests, and a curious person, may make the vendors do.

All bodies and answers are JSON. Nothing of this exists at the real vendors.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from djplatform.sandbox import clockwork
from djplatform.sandbox.core import Sandbox
from djplatform.sandbox.faults import WHEN, plan_faults
from djplatform.sandbox.store import Json
from djplatform.sandbox.stripe import accounts, delivery, disputes, payments, refunds
from djplatform.sandbox.stripe.events import public


async def _body(request: Request, allowed: Mapping[str, type | tuple[type, ...]]) -> Json:
    """The JSON body; unknown names and wrong types are refused with a list of what is known."""
    given: Any = await request.json() if await request.body() else {}
    for name, value in given.items():
        if name not in allowed or not isinstance(value, allowed[name]):
            raise ValueError(f"{name}: not one of {sorted(allowed)}, or of a wrong type")
    return given


def _safe(handler: Any) -> Any:
    async def run(request: Request) -> Response:
        try:
            return await handler(request, request.app.state.sandbox)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)

    return run


async def fail(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/fail`: `count`, `status` (0 for slow only), `when`, `path`, `delay`."""
    allowed = {"count": int, "status": int, "when": str, "path": str, "delay": (int, float)}
    plan = {"count": 1, "status": 500, "when": "before"} | await _body(request, allowed)
    if plan["when"] not in WHEN:
        raise ValueError(f"when: one of {', '.join(WHEN)}")
    await plan_faults(sandbox, plan)
    return JSONResponse(plan)


async def webhooks(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/webhooks`: `paused`, `delay` in seconds, `order`."""
    given = await _body(request, {"paused": bool, "delay": (int, float), "order": str})
    if given.get("order", "stripe") not in {"stripe", "reversed", "shuffled"}:
        raise ValueError("order: one of stripe, reversed, shuffled")
    async with sandbox.store.transaction() as rows:
        now = (await rows.get("control", "webhooks") or {}) | given
        await rows.put("control", "webhooks", now)
    sandbox.wake.set()
    return JSONResponse(now)


async def roll(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/webhooks/{brand}/{endpoint}/roll`: from now on two signatures."""
    brand, endpoint = request.path_params["brand"], request.path_params["endpoint"]
    if brand not in sandbox.config.brands or endpoint not in {"snapshot", "thin"}:
        raise ValueError("no such endpoint")
    async with sandbox.store.transaction() as rows:
        secret = await delivery.roll_secret(rows, brand, endpoint)
    return JSONResponse({"secret": secret})


async def redeliver(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/events/{id}/redeliver`: `times` at once, `age` in seconds, `secret`."""
    given = await _body(request, {"times": int, "age": int, "secret": str})
    key = request.path_params["id"]
    async with sandbox.store.transaction() as rows:
        snapshot = await rows.get("event", key)
        event = snapshot or await rows.get("thin_event", key)
    if event is None:
        return JSONResponse({"error": "no such event"}, 404)
    endpoint = "snapshot" if snapshot else "thin"
    one = {"brand": event["_brand"], "event": key, "endpoint": endpoint}
    posts = [
        delivery.send(sandbox, one, age=given.get("age", 0), secret=given.get("secret"))
        for _ in range(given.get("times", 1))
    ]
    return JSONResponse({"statuses": await asyncio.gather(*posts)})


async def events(request: Request, sandbox: Sandbox) -> Response:
    """`GET /control/events?brand=`: snapshot and thin events with their deliveries."""
    brand = request.query_params.get("brand", "")
    async with sandbox.store.transaction() as rows:
        queued = await rows.find("delivery", owner=brand, limit=1_000)
        found = [
            await rows.get("event" if one["endpoint"] == "snapshot" else "thin_event", one["event"])
            for one in queued
        ]
    pairs = zip(queued, found, strict=True)
    return JSONResponse({"data": [one | {"type": (ev or {}).get("type")} for one, ev in pairs]})


async def drain(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/drain`: settle and deliver now all that waits."""
    await clockwork.drain(sandbox)
    return JSONResponse({"drained": True})


async def processor(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/processor`: Stripe's own fee: `basis_points`, `fixed` in minor units."""
    given = await _body(request, {"basis_points": int, "fixed": int})
    async with sandbox.store.transaction() as rows:
        rate = dict(sandbox.config.processor) | given
        await rows.put("control", "processor", rate)
    return JSONResponse(rate)


async def account(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/accounts/{id}`: `status` active or restricted, as Stripe might decide."""
    given = await _body(request, {"status": str})
    if given.get("status") not in {"active", "restricted"}:
        raise ValueError("status: active or restricted")
    async with sandbox.store.transaction() as rows:
        found = await rows.get(accounts.KIND, request.path_params["id"], lock=True)
        if found is None:
            return JSONResponse({"error": "no such account"}, 404)
        await accounts.change_state(rows, found["_brand"], found, given["status"])
    sandbox.wake.set()
    return JSONResponse(public(found))


async def debit(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/payments/{session}`: let a pending bank debit succeed or fail."""
    given = await _body(request, {"succeeds": bool})
    async with sandbox.store.transaction() as rows:
        done = await payments.finish_debit(
            sandbox, rows, request.path_params["session"], succeeds=given.get("succeeds", True)
        )
    sandbox.wake.set()
    return JSONResponse({"done": done}, 200 if done else 409)


async def dispute(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/charges/{id}/dispute`: begin one, or with `won` end the one that is open."""
    given = await _body(request, {"won": bool})
    async with sandbox.store.transaction() as rows:
        charge = await rows.get("charge", request.path_params["id"], lock=True)
        if charge is None:
            return JSONResponse({"error": "no such charge"}, 404)
        open_ones = await rows.find(
            disputes.KIND, where={"charge": charge["id"], "status": "needs_response"}
        )
        if open_ones and "won" in given:
            found = await disputes.end(rows, open_ones[0], won=given["won"])
        elif not charge["disputed"] and charge["balance_transaction"] and "won" not in given:
            found = await disputes.begin(rows, charge)
        else:
            raise ValueError("nothing to dispute, or no dispute to end")
    sandbox.wake.set()
    return JSONResponse(public(found))


async def refund(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/charges/{id}/refund`: as in Stripe's dashboard.

    `amount` in minor units (all that is left), `reverse_transfer`, `refund_application_fee`.
    """
    allowed = {"amount": int, "reverse_transfer": bool, "refund_application_fee": bool}
    given = await _body(request, allowed)
    async with sandbox.store.transaction() as rows:
        charge = await rows.get("charge", request.path_params["id"], lock=True)
        if charge is None:
            return JSONResponse({"error": "no such charge"}, 404)
        found = await refunds.create(
            rows,
            charge,
            given.get("amount", charge["amount"] - charge["amount_refunded"]),
            reverse_transfer=given.get("reverse_transfer", False),
            refund_application_fee=given.get("refund_application_fee", False),
        )
    sandbox.wake.set()
    return JSONResponse(public(found))


async def fail_refund(request: Request, sandbox: Sandbox) -> Response:
    """`POST /control/refunds/{id}/fail`: the payer's bank sends the money back."""
    async with sandbox.store.transaction() as rows:
        found = await rows.get(refunds.KIND, request.path_params["id"], lock=True)
        if found is None:
            return JSONResponse({"error": "no such refund"}, 404)
        await refunds.fail(rows, found)
    sandbox.wake.set()
    return JSONResponse(public(found))


ROUTES = [
    Route("/control/fail", _safe(fail), methods=["POST"]),
    Route("/control/webhooks", _safe(webhooks), methods=["POST"]),
    Route("/control/webhooks/{brand}/{endpoint}/roll", _safe(roll), methods=["POST"]),
    Route("/control/events", _safe(events), methods=["GET"]),
    Route("/control/events/{id}/redeliver", _safe(redeliver), methods=["POST"]),
    Route("/control/drain", _safe(drain), methods=["POST"]),
    Route("/control/processor", _safe(processor), methods=["POST"]),
    Route("/control/accounts/{id}", _safe(account), methods=["POST"]),
    Route("/control/charges/{id}/dispute", _safe(dispute), methods=["POST"]),
    Route("/control/charges/{id}/refund", _safe(refund), methods=["POST"]),
    Route("/control/refunds/{id}/fail", _safe(fail_refund), methods=["POST"]),
    Route("/control/payments/{session}", _safe(debit), methods=["POST"]),
]
