"""Webhooks: signed, delivered in order within a payment, tried again until they are taken."""

import asyncio
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from itertools import groupby

import httpx
import structlog

from djplatform.sandbox.core import Sandbox, seconds, token
from djplatform.sandbox.store import Json, Rows
from djplatform.sandbox.stripe.events import public

_log = structlog.get_logger(__name__)
_CONCURRENT = 8
_MAX_ATTEMPTS = 20
_MAX_WAIT = 60.0
_KINDS = {"snapshot": "event", "thin": "thin_event"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How webhooks are delivered; changed by the control API."""

    paused: bool = False
    delay: float = 0.0
    order: str = "stripe"
    """`stripe`, `reversed` or `shuffled`, within a payment."""


async def manner(rows: Rows) -> Manner:
    """How webhooks are delivered now."""
    return Manner(**(await rows.get("control", "webhooks") or {}))


def signature(body: str, secrets: list[str], stamp: int) -> str:
    """The `Stripe-Signature` header: one `v1` for each live secret."""
    signed = [
        hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
        for secret in secrets
    ]
    return ",".join([f"t={stamp}", *(f"v1={value}" for value in signed)])


async def secrets_of(sandbox: Sandbox, rows: Rows, brand: str, endpoint: str) -> list[str]:
    """The live signing secrets of an endpoint, a rolled one first."""
    rolled = await rows.get("control", f"secret {brand} {endpoint}")
    own = list(sandbox.config.brands[brand].secrets(endpoint))
    return [rolled["secret"], *own] if rolled else own


async def roll_secret(rows: Rows, brand: str, endpoint: str) -> str:
    """Make a new secret for an endpoint; the old one goes on signing beside it."""
    secret = token("whsec_", 32)
    await rows.put("control", f"secret {brand} {endpoint}", {"secret": secret})
    return secret


async def deliver_due(sandbox: Sandbox, *, until: float | None = None) -> int:
    """Deliver what is due; returns how many deliveries were tried."""
    async with sandbox.store.transaction() as rows:
        how = await manner(rows)
        if how.paused:
            return 0
        limit = seconds() - how.delay if until is None else until
        due = await rows.due("delivery", limit)
    due.sort(key=lambda one: one["group"])
    groups = [_ordered(list(found), how.order) for _, found in groupby(due, lambda d: d["group"])]
    gate = asyncio.Semaphore(_CONCURRENT)
    await asyncio.gather(*(_deliver_group(sandbox, group, gate) for group in groups))
    return len(due)


def _ordered(found: list[Json], order: str) -> list[Json]:
    if order == "reversed":
        return found[::-1]
    if order == "shuffled":
        random.shuffle(found)
    return found


async def _deliver_group(sandbox: Sandbox, found: list[Json], gate: asyncio.Semaphore) -> None:
    async with gate:
        for delivery in found:
            await _deliver(sandbox, delivery)


async def _deliver(sandbox: Sandbox, delivery: Json) -> None:
    delivery["attempts"] += 1
    status = await send(sandbox, delivery)
    taken = 200 <= status < 300
    delivery["last_status"] = status
    due_at: float | None = None
    if taken:
        delivery["state"] = "delivered"
    elif delivery["attempts"] >= _MAX_ATTEMPTS:
        delivery["state"] = "failed"
    else:
        due_at = seconds() + min(_MAX_WAIT, 0.5 * 2 ** delivery["attempts"])
    async with sandbox.store.transaction() as rows:
        await rows.put("delivery", delivery["id"], delivery, owner=delivery["brand"], due_at=due_at)


async def send(sandbox: Sandbox, delivery: Json, *, age: int = 0, secret: str | None = None) -> int:
    """Post one event; returns the status, 0 when nobody answered.

    Args:
        sandbox: The sandbox.
        delivery: Names event, brand and endpoint.
        age: How many seconds old the signature shall look.
        secret: Signs instead of the endpoint's own secrets.
    """
    brand, endpoint = delivery["brand"], delivery["endpoint"]
    async with sandbox.store.transaction() as rows:
        event = await rows.get(_KINDS[endpoint], delivery["event"])
        secrets = [secret] if secret else await secrets_of(sandbox, rows, brand, endpoint)
    if event is None or not secrets:
        return 0
    body = json.dumps(_pushed(event), indent=2, ensure_ascii=False)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, secrets, int(seconds()) - age),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    url = f"{sandbox.config.webhook_base}/{brand}/{endpoint}"
    try:
        answer = await sandbox.webhooks.post(url, content=body.encode(), headers=headers)
    except httpx.HTTPError as error:
        _log.info("webhook.unanswered", url=url, kind=type(error).__name__)
        return 0
    return answer.status_code


def _pushed(event: Json) -> Json:
    shown = public(event)
    if event["object"] == "v2.core.event":
        shown.pop("data", None)
    return shown
