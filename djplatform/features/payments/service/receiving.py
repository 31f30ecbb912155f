"""Webhooks in: verified, put into the inbox, and left to a job. The sender is answered fast."""

import json
from collections.abc import Mapping
from typing import Any

import structlog

from djplatform.core.db import Scope, Tx, unit
from djplatform.core.errors import NotFound
from djplatform.features.payments.repo import inbox
from djplatform.features.payments.service import gateway
from djplatform.features.payments.service.events import defer_handling
from djplatform.settings import settings
from djplatform.vendors.errors import SignatureRefused
from djplatform.vendors.stripe.port import API_VERSION

log = structlog.get_logger()

STALE_SECONDS = 300
"""An event that waits for longer fails the health check."""


async def receive_webhook(brand: str, kind: str, raw: bytes, signature: str | None) -> None:
    """Verify a webhook of a brand's Stripe account and put it into the inbox, with its job.

    Args:
        brand: whose account; decides which secrets may have signed.
        kind: "snapshot" or "thin".
        raw: the body exactly as it came, because the signature covers the bytes.
        signature: the header `Stripe-Signature`.

    Raises:
        NotFound: no such brand or kind.
        SignatureRefused, LivemodeMismatch: 400, and nothing is stored.
    """
    if brand not in settings().stripe or kind not in ("snapshot", "thin"):
        raise NotFound
    event = _verified(brand, kind, raw, signature)
    async with unit(Scope.public()) as tx:
        event_id = await inbox.receive(tx, {"provider": "stripe", "account": brand, **event})
        if event_id is not None:
            await defer_handling(tx, event_id, event["type"], event["body"]["object"])


def _verified(brand: str, kind: str, raw: bytes, signature: str | None) -> Mapping[str, Any]:
    port = gateway.stripe(brand)
    if kind == "thin":
        thin = port.verify_thin(raw, signature)
        related: Mapping[str, Any] = {"id": thin.related_id, "object": thin.related_type}
        return {"external_id": thin.event_id, "type": thin.type, "body": {"object": related}}
    event = port.verify_snapshot(raw, signature)
    if event.api_version != API_VERSION:
        # What we read of an object has not changed for years, so it is handled all the same.
        log.warning("payments.other_version", type=event.type, version=event.api_version)
    # With its client secret, somebody else could go on with the payment.
    kept = {name: value for name, value in event.object.items() if name != "client_secret"}
    body = {"object": kept, "account": event.account}
    return {"external_id": event.event_id, "type": event.type, "body": body}


def kind_of(raw: bytes) -> str:
    """Which kind of webhook a body is, for the addresses that do not say; still unverified.

    Raises:
        SignatureRefused: not even JSON.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise SignatureRefused from error
    thin = isinstance(body, dict) and body.get("object") == "v2.core.event"
    return "thin" if thin else "snapshot"


async def stale_events(tx: Tx) -> int:
    """How many events wait for more than five minutes; in a public or a system scope."""
    return await inbox.stale_events(tx, STALE_SECONDS)
