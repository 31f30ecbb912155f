"""Publishing: events are collected on the unit of work and written just before it commits.

PostgreSQL is the bus. An event that was rolled back was never sent, and one that was committed
is never lost, because both are rows of the same transaction.
"""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy import text

from djplatform.core.db.uow import Tx

CHANNEL_NAME = re.compile(r"[a-z][a-z_]{0,39}:[A-Za-z0-9_-]{1,80}")
"""`kind:key`; no comma and no dot, which separate channels and positions in a stream."""
MAX_PAYLOAD_BYTES = 32_768
"""An event says what changed; who needs more reads it under its own rights."""

_KEY = "realtime"
_PUBLISH = text("select app.publish(cast(:events as jsonb))")
_POSITIONS = text("select app.stream_positions(:names)")


class _Collected(TypedDict):
    channel: str
    kind: str
    payload: Any


async def publish(tx: Tx, channel: str, kind: str, payload: Mapping[str, Any]) -> None:
    """Tell a channel's listeners about a change, once this unit of work is committed.

    Args:
        tx: the open unit of work; rolled back with it.
        channel: `kind:key`, as `booth:0192…`.
        kind: what happened, with a dot, as `tip.paid`; renderers choose by it.
        payload: plain values, ids and moments; at most 32 kB as JSON.

    Raises:
        ValueError: the channel's name is none, or the payload is too large.
        TypeError: the payload holds something that is no JSON.
    """
    if not CHANNEL_NAME.fullmatch(channel):
        raise ValueError(f"{channel!r} is no name of a channel")
    body = json.dumps(payload, default=_plain, allow_nan=False)
    if len(body) > MAX_PAYLOAD_BYTES:
        raise ValueError(f"the payload of {kind} is larger than {MAX_PAYLOAD_BYTES} bytes")
    if _KEY not in tx.collected:
        tx.collected[_KEY] = []
        tx.before_commit.append(_write)
    event: _Collected = {"channel": channel, "kind": kind, "payload": json.loads(body)}
    tx.collected[_KEY].append(event)


async def position(tx: Tx, *channels: str) -> str:
    """Where a stream of these channels stands now, to be put into a page that will open it.

    Ask before reading what the page shows: what changes in between is then sent again, while the
    other way round it would be lost.
    """
    found = await tx.session.scalar(_POSITIONS, {"names": list(channels)})
    return ".".join(str(number) for number in found or ())


async def _write(tx: Tx) -> None:
    """Write all events in one statement, sorted, as late as can be: it locks the channels."""
    events: list[_Collected] = tx.collected.pop(_KEY, [])
    events.sort(key=lambda event: event["channel"])
    await tx.session.execute(_PUBLISH, {"events": json.dumps(events)})


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be published")
