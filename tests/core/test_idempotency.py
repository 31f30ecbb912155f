"""A key stands for one request of one person, and acts once however often it is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core import clock, idempotency
from djplatform.core.actor import ANONYMOUS, Actor
from djplatform.core.db import Scope, unit
from djplatform.core.errors import SignInRequired
from djplatform.core.idempotency import KeyAlreadyUsed, delete_old_keys, once
from djplatform.core.ids import new_id
from djplatform.core.jobs import SWEEPS

pytestmark = pytest.mark.feature("B2/outbox")

KEY = UUID(int=7)
RENAME = text("update organizations set name = name || '!' where id = :id")


@dataclass(frozen=True)
class Renamed:
    """What the effect of these tests answers."""

    organization: UUID


async def send(
    actor: Actor,
    key: UUID = KEY,
    request: str = "rename",
    then: Callable[[], Awaitable[None]] | None = None,
) -> Any:
    """One request: add a mark to the organization's name, once."""
    async with unit(Scope.of(actor)) as tx:

        async def effect() -> Renamed:
            await tx.session.execute(RENAME, {"id": actor.organization_id})
            if then is not None:
                await then()
            return Renamed(actor.organization_id)

        return await once(tx, actor, key, request, effect)


def name_of(db, organization: UUID) -> str:
    return db.rows("select name from organizations where id = %s", organization)[0]["name"]


async def test_a_request_that_is_sent_again_is_told_its_answer_and_does_nothing(db, world) -> None:
    first = await send(world.owner)
    assert first == {"organization": str(world.a)}
    assert await send(world.owner) == first
    assert name_of(db, world.a) == "Jay Martell!"
    await send(world.owner, new_id())
    assert name_of(db, world.a) == "Jay Martell!!"


async def test_five_at_once_act_once_and_all_are_told(db, world) -> None:
    answers = await asyncio.gather(*(send(world.owner) for _ in range(5)))
    assert answers == [{"organization": str(world.a)}] * 5
    assert name_of(db, world.a) == "Jay Martell!"


async def test_what_was_rolled_back_leaves_no_key_and_may_be_tried_again(db, world) -> None:
    async def fails() -> None:
        raise RuntimeError("the worker of the database died")

    with pytest.raises(RuntimeError):
        await send(world.owner, then=fails)
    assert name_of(db, world.a) == "Jay Martell"
    assert db.rows("select * from idempotency_keys") == []
    await send(world.owner)
    assert name_of(db, world.a) == "Jay Martell!"


async def test_a_key_stands_for_one_request_of_one_person(db, world) -> None:
    await send(world.owner)
    with pytest.raises(KeyAlreadyUsed):
        await send(world.owner, request="rename something else")
    with pytest.raises(KeyAlreadyUsed):
        await send(world.mate)
    assert name_of(db, world.a) == "Jay Martell!"
    await send(world.outsider)  # another organization's keys are its own
    assert name_of(db, world.b) == "Northlight Events!"


async def test_nobody_and_a_viewer_leave_no_key(db, world) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        with pytest.raises(SignInRequired):
            await once(tx, ANONYMOUS, KEY, "x", lambda: asyncio.sleep(0))
    with pytest.raises(DBAPIError, match="row-level security"):
        await send(world.viewer)
    assert db.rows("select * from idempotency_keys") == []


async def test_the_answer_is_its_senders_alone(world) -> None:
    await send(world.owner)
    for other in (world.mate, world.viewer, world.outsider):
        async with unit(Scope.of(other)) as tx:
            seen = await tx.session.execute(text("select answer from idempotency_keys"))
            assert seen.all() == []


async def test_more_old_keys_than_one_step_deletes_are_deleted(db, world, monkeypatch) -> None:
    monkeypatch.setattr(idempotency, "_AT_ONCE", 2)
    for _ in range(5):
        await send(world.owner, new_id())
    db.rows("update idempotency_keys set created_at = %s", clock.now() - 2 * idempotency.KEEP)
    assert await delete_old_keys() == 5
    assert db.rows("select id from idempotency_keys") == []


async def test_keys_that_nobody_sends_any_more_are_deleted(db, world) -> None:
    await send(world.owner)
    await send(world.owner, new_id())
    old = clock.now() - idempotency.KEEP - timedelta(minutes=1)
    db.rows("update idempotency_keys set created_at = %s where id = %s", old, KEY)
    assert await delete_old_keys() == 1
    assert [row["id"] == KEY for row in db.rows("select id from idempotency_keys")] == [False]
    assert idempotency.sweep_old_keys in [sweep.look for sweep in SWEEPS]
    db.rows("update idempotency_keys set created_at = %s", old)
    await idempotency.sweep_old_keys()
    assert db.rows("select id from idempotency_keys") == []
