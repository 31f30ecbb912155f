"""Realtime: publish in a unit of work, listen by server-sent events."""

from djplatform.core.realtime import retention as _retention  # registers its sweep
from djplatform.core.realtime.channels import (
    ChannelKind,
    Event,
    Fragment,
    Gone,
    Put,
    Visitor,
    register,
)
from djplatform.core.realtime.outbox import position, publish

delete_old_events = _retention.delete_old_events

__all__ = [
    "ChannelKind",
    "Event",
    "Fragment",
    "Gone",
    "Put",
    "Visitor",
    "delete_old_events",
    "position",
    "publish",
    "register",
]
