"""Idempotency keys: a request that is sent again after a lost answer acts once.

The key is stored with its answer in the transaction of the effect, so that there is never one
without the other: what was rolled back may be tried again, what was committed is only told again.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Text, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, col

from djplatform.core import clock
from djplatform.core.actor import Actor
from djplatform.core.db.scope import Scope
from djplatform.core.db.tables import MOMENT, TenantTable
from djplatform.core.db.uow import Tx, unit
from djplatform.core.errors import Conflict, SignInRequired
from djplatform.core.ids import PLATFORM_ORGANIZATION
from djplatform.core.jobs import sweep

KEEP = timedelta(days=30)
"""Longer than any browser keeps an action that it could not send (`ui/outbox_store.js`)."""
_AT_ONCE = 5_000

_DELETE = text("select app.delete_idempotency_keys(:before, :at_most)")


class IdempotencyKey(TenantTable, table=True):
    """One request that has acted. `id` is the key, made by the client; it belongs to one person."""

    __tablename__ = "idempotency_keys"  # pyright: ignore[reportAssignmentType]

    user_id: UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    request_hash: str = Field(sa_type=Text)
    """Of the request, because a key stands for one request only."""
    answer: Any = Field(default=None, nullable=True, sa_type=JSONB)
    created_at: datetime = Field(sa_type=MOMENT)


class KeyAlreadyUsed(Conflict):
    """This was sent under a number that belongs to something else."""


async def once(
    tx: Tx, actor: Actor, key: UUID, request: str, effect: Callable[[], Awaitable[Any]]
) -> Any:
    """Run `effect` unless it ran under this key before; gives its answer as plain JSON values.

    `request` says what is asked, with its arguments. A second call while the first is running
    waits for its commit.

    Raises:
        SignInRequired: the actor is nobody, or works for no organization.
        KeyAlreadyUsed: the key stands for another request, or for another person's.
    """
    if actor.user_id is None or actor.organization_id is None:
        raise SignInRequired
    asked = hashlib.sha256(request.encode()).hexdigest()
    mine = (
        col(IdempotencyKey.organization_id) == actor.organization_id,
        col(IdempotencyKey.id) == key,
        col(IdempotencyKey.user_id) == actor.user_id,
    )
    taken = insert(IdempotencyKey).values(
        organization_id=actor.organization_id,
        id=key,
        user_id=actor.user_id,
        request_hash=asked,
        created_at=clock.now(),
    )
    first = await tx.session.execute(
        taken.on_conflict_do_nothing().returning(col(IdempotencyKey.id))
    )
    if first.first() is not None:
        answer = to_jsonable_python(await effect())
        await tx.session.execute(update(IdempotencyKey).where(*mine).values(answer=answer))
        return answer
    columns = (col(IdempotencyKey.request_hash), col(IdempotencyKey.answer))
    stored = (await tx.session.execute(select(*columns).where(*mine))).first()
    if stored is None or stored.request_hash != asked:
        raise KeyAlreadyUsed
    return stored.answer


async def delete_old_keys() -> int:
    """Delete keys that nobody sends any more; gives how many. Safe to run twice."""
    before = clock.now() - KEEP
    total = 0
    while True:
        async with unit(Scope.system(PLATFORM_ORGANIZATION)) as tx:
            gone = await tx.session.scalar(_DELETE, {"before": before, "at_most": _AT_ONCE})
        total += gone or 0
        if not gone or gone < _AT_ONCE:
            return total


@sweep(every=3600)
async def sweep_old_keys() -> None:
    """Forget what no browser sends again."""
    await delete_old_keys()
