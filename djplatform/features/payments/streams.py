"""Channels of payments: who may listen, and what a new listener starts from."""

from collections.abc import Sequence

from djplatform.core.actor import Permission
from djplatform.core.db import Scope, unit
from djplatform.core.ids import parse_id
from djplatform.core.realtime import ChannelKind, Visitor, register
from djplatform.core.realtime.channels import Params, Row
from djplatform.features.payments import service
from djplatform.features.payments.dto import EarningsQuery


def _own(visitor: Visitor, params: Params) -> bool:
    return parse_id(params["organization"]) == visitor.actor.organization_id is not None


async def _may_hear_payments(visitor: Visitor, params: Params) -> bool:
    return _own(visitor, params) and visitor.actor.can(Permission.PAYMENTS_READ)


async def _may_hear_account(visitor: Visitor, params: Params) -> bool:
    return _own(visitor, params) and visitor.actor.can(Permission.CONSOLE_READ)


async def _payments_now(visitor: Visitor, params: Params) -> Sequence[Row]:
    """The latest payments, the oldest first."""
    del params
    async with unit(Scope.of(visitor.actor)) as tx:
        view = await service.earnings(tx, visitor.actor, EarningsQuery())
    return [payment.row() for payment in reversed(view.payments)]


async def _account_now(visitor: Visitor, params: Params) -> Sequence[Row]:
    del params
    async with unit(Scope.of(visitor.actor)) as tx:
        view = await service.account_status(tx, visitor.actor)
    return [view.row()]


PAYMENTS = register(
    ChannelKind(
        pattern="payments:{organization}", authorise=_may_hear_payments, snapshot=_payments_now
    )
)
ACCOUNT = register(
    ChannelKind(
        pattern="account:{organization}", authorise=_may_hear_account, snapshot=_account_now
    )
)
