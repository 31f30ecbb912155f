"""Webhook signatures and the two shapes of events.

Stripe sends one signature per live secret while an endpoint's secret is being rolled, and the SDK
compares against one secret only; hence the list. https://docs.stripe.com/webhooks
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import stripe

from djplatform.core.clock import now
from djplatform.vendors.errors import LivemodeMismatch, SignatureRefused
from djplatform.vendors.stripe.port import SnapshotEvent, ThinEvent
from djplatform.vendors.stripe.reading import moment

TOLERANCE = 300
"""Seconds that a signature's time may lie before or after ours."""

_STAMP = re.compile(r"[0-9]{1,12}")


def verified_body(
    raw: bytes, header: str | None, secrets: Sequence[str], *, shape: str, livemode: bool
) -> Mapping[str, Any]:
    """The parsed body of a webhook whose signature one of the secrets made.

    Raises:
        SignatureRefused: no, a wrong, an old or a future signature, or not the expected shape.
        LivemodeMismatch: an event of the other mode.

    """
    _refuse_other_times(header or "")
    if not any(_signed_with(secret, raw, header) for secret in secrets):
        raise SignatureRefused
    body: Any = json.loads(raw)
    if not isinstance(body, dict) or body.get("object") != shape:
        raise SignatureRefused("This endpoint takes another kind of event.")
    if bool(body.get("livemode")) is not livemode:
        raise LivemodeMismatch
    return body


def _refuse_other_times(header: str) -> None:
    """Judge the time that was signed.

    The SDK takes the first `t` and reads it leniently (" 7", "+7"). Were ours found in another
    way, an old signature would pass with a fresh second `t` beside it.
    """
    items = [item.partition("=") for item in header.split(",")]
    stamps = [value for name, _, value in items if name.strip() == "t"]
    if len(stamps) != 1 or not _STAMP.fullmatch(stamps[0]):
        raise SignatureRefused
    if abs(now().timestamp() - int(stamps[0])) > TOLERANCE:
        raise SignatureRefused


def _signed_with(secret: str, raw: bytes, header: str | None) -> bool:
    try:
        # The age is judged by our own clock, see above.
        return stripe.WebhookSignature.verify_header(raw, header, secret, tolerance=None)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def read_snapshot(body: Mapping[str, Any]) -> SnapshotEvent:
    """An event that carries its object."""
    return SnapshotEvent(
        event_id=body["id"],
        type=body["type"],
        livemode=body["livemode"],
        created=moment(body["created"]),
        api_version=body.get("api_version") or "",
        account=body.get("account") or "",
        object=body["data"]["object"],
    )


def read_thin(body: Mapping[str, Any]) -> ThinEvent:
    """A notification that only names what changed."""
    related = body.get("related_object") or {}
    return ThinEvent(
        event_id=body["id"],
        type=body["type"],
        livemode=body["livemode"],
        created=moment(body["created"]),
        related_id=related.get("id", ""),
        related_type=related.get("type", ""),
    )
