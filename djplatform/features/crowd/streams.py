"""Channels of the crowd: who may listen, and what they get."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Scope, unit
from djplatform.core.ids import parse_id
from djplatform.core.realtime import ChannelKind, Event, Fragment, Visitor, register
from djplatform.core.realtime.channels import Params, Row
from djplatform.features.crowd import service
from djplatform.features.crowd.paths import TIP_CHANGED
from djplatform.features.events import service as events


async def _may_hear_tips(visitor: Visitor, params: Params) -> bool:
    actor = visitor.actor
    same = parse_id(params["organization"]) == actor.organization_id is not None
    return same and actor.can(Permission.TIPS_READ)


async def _may_hear_booth(visitor: Visitor, params: Params) -> bool:
    """Whether the night is one of the listener's own organization; NotFound refuses as well."""
    actor, event_id = visitor.actor, parse_id(params["event"])
    if event_id is None or actor.organization_id is None or not actor.can(Permission.TIPS_READ):
        return False
    async with unit(Scope.of(actor)) as tx:
        await events.event(tx, actor, event_id)
    return True


async def _may_follow_tip(visitor: Visitor, params: Params) -> bool:
    """Whether the tip was given by the listener's own device."""
    organization, _, tip = params["key"].partition("_")
    organization_id, tip_id = parse_id(organization), parse_id(tip)
    if organization_id is None or tip_id is None or visitor.device_id is None:
        return False
    return await service.gave_tip(organization_id, visitor.device_id, tip_id)


async def _all_tips(visitor: Visitor, params: Params) -> Sequence[Row]:
    del params
    return await _rows(visitor.actor, None)


async def _booth_tips(visitor: Visitor, params: Params) -> Sequence[Row]:
    return await _rows(visitor.actor, parse_id(params["event"]))


async def _rows(actor: Actor, event_id: UUID | None) -> Sequence[dict[str, Any]]:
    """The tips as they are now, the oldest first, each with the totals up to now."""
    async with unit(Scope.of(actor)) as tx:
        shown = await service.list_tips(tx, actor, event_id)
        total = await service.tips_summary(tx, actor, event_id)
    return [tip.row() | total.row() for tip in reversed(shown)]


def _says_changed(event: Event) -> Sequence[Fragment]:
    """The fan's page asks for its live part again, under its own rights."""
    return (Fragment(TIP_CHANGED, str(event.payload["status"])),)


TIPS = register(
    ChannelKind(pattern="tips:{organization}", authorise=_may_hear_tips, snapshot=_all_tips)
)
BOOTH = register(
    ChannelKind(pattern="booth:{event}", authorise=_may_hear_booth, snapshot=_booth_tips)
)
TIP = register(
    ChannelKind(pattern="tip:{key}", authorise=_may_follow_tip, rows=None, html=_says_changed)
)
