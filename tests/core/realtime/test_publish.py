"""Publishing: in the order of commits, with the transaction or not at all."""

import asyncio
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from djplatform.core import clock
from djplatform.core.db import Scope, unit
from djplatform.core.realtime import delete_old_events, position, publish

CHANNEL = "booth:one"


def events(db, channel: str = CHANNEL) -> list[tuple[int, str, dict]]:
    found = db.rows(
        "select seq, kind, payload from realtime_events where channel = %s order by seq", channel
    )
    return [(row["seq"], row["kind"], row["payload"]) for row in found]


@pytest.mark.feature("146/outbox")
async def test_events_are_numbered_by_channel_and_carry_plain_values(db, world):
    async with unit(Scope.of(world.owner)) as tx:
        await publish(tx, CHANNEL, "tip.paid", {"id": world.a, "at": clock.now(), "n": 1})
        await publish(tx, "tips:x", "tip.paid", {"id": "t"})
        await publish(tx, CHANNEL, "tip.paid", {"id": "second"})
    assert [(seq, payload["id"]) for seq, _, payload in events(db)] == [
        (1, str(world.a)),
        (2, "second"),
    ]
    assert events(db, "tips:x") == [(1, "tip.paid", {"id": "t"})]


async def test_a_rollback_publishes_nothing_and_takes_no_number(db, world):
    with pytest.raises(RuntimeError, match="no"):
        async with unit(Scope.of(world.owner)) as tx:
            await publish(tx, CHANNEL, "tip.paid", {"id": "lost"})
            raise RuntimeError("no")
    assert events(db) == []
    async with unit(Scope.of(world.owner)) as tx:
        await publish(tx, CHANNEL, "tip.paid", {"id": "kept"})
    assert events(db) == [(1, "tip.paid", {"id": "kept"})]


@pytest.mark.feature("146/order")
async def test_numbers_are_in_the_order_of_commits_under_concurrent_writers(db, world):
    """Many writers, several channels in opposite order: no deadlock, no gap, order of commits."""

    async def write(writer: int) -> None:
        for turn in range(8):
            async with unit(Scope.of(world.owner)) as tx:
                names = ["a:1", "b:1", "c:1"]
                for name in names if (writer + turn) % 2 else reversed(names):
                    await publish(tx, name, "made", {"id": f"{writer}-{turn}"})

    await asyncio.gather(*(write(number) for number in range(10)))
    for channel in ("a:1", "b:1", "c:1"):
        rows = db.rows(
            "select seq, payload ->> 'id' as id from realtime_events where channel = %s "
            "order by seq",
            channel,
        )
        assert [row["seq"] for row in rows] == list(range(1, 81))
        # One writer's events stand in the order in which it committed them.
        for writer in range(10):
            own = [row["id"] for row in rows if row["id"].startswith(f"{writer}-")]
            assert own == [f"{writer}-{turn}" for turn in range(8)]


async def test_a_later_commit_waits_for_the_channel_of_an_earlier_one(db, world):
    """The lock is what makes numbers follow commits: the second writer cannot overtake."""
    publish_one = 'select app.publish(\'[{"channel": "booth:one", "kind": "%s", "payload": {}}]\')'
    with psycopg.connect(db.url("postgres")) as first:
        first.execute(publish_one % "first")

        async def second() -> None:
            async with unit(Scope.of(world.owner)) as tx:
                await publish(tx, CHANNEL, "second", {})

        waiting = asyncio.create_task(second())
        while not db.rows("select 1 from pg_locks where not granted"):
            await asyncio.sleep(0.01)
        assert not waiting.done()
        first.commit()
        await waiting
    assert [(seq, kind) for seq, kind, _ in events(db)] == [(1, "first"), (2, "second")]


@pytest.mark.parametrize("channel", ["", "booth", "booth:", "Booth:1", "booth:a,b", "booth:a.b"])
async def test_a_bad_name_is_refused(db, world, channel):
    async with unit(Scope.of(world.owner)) as tx:
        with pytest.raises(ValueError, match="channel"):
            await publish(tx, channel, "x", {})


async def test_a_bad_payload_is_refused(db, world):
    async with unit(Scope.of(world.owner)) as tx:
        with pytest.raises(ValueError, match="larger"):
            await publish(tx, CHANNEL, "x", {"text": "x" * 40_000})
        with pytest.raises(TypeError, match="cannot be published"):
            await publish(tx, CHANNEL, "x", {"tx": tx})
    assert events(db) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda world: Scope.of(world.owner),
        lambda world: Scope.guest(world.a, world.device),
        lambda world: Scope.identity(),
        lambda world: Scope.system(world.a),
    ],
)
async def test_every_role_that_writes_may_publish_and_may_not_read(db, world, make):
    async with unit(make(world)) as tx:
        await publish(tx, CHANNEL, "x", {"id": "1"})
    assert len(events(db)) == 1
    for table in ("realtime_events", "realtime_channels"):
        with pytest.raises(Exception, match="permission denied"):
            async with unit(make(world)) as tx:
                connection = await tx.session.connection()
                await connection.exec_driver_sql(f"select * from {table}")


async def test_anonymous_readers_cannot_publish_and_the_hub_only_reads(db, world):
    with pytest.raises(Exception, match="permission denied"):
        async with unit(Scope.public()) as tx:
            await publish(tx, CHANNEL, "x", {"id": "1"})
    with psycopg.connect(db.url("djp_hub"), autocommit=True) as hub:
        assert hub.execute("select count(*) from realtime_events").fetchone() == (0,)
        for statement in (
            "insert into realtime_channels values ('a:1', 1)",
            "delete from realtime_events",
            "select app.publish('[]')",
            "select * from users",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                hub.execute(statement)


async def test_a_page_learns_its_position_before_it_reads(db, world):
    async with unit(Scope.of(world.owner)) as tx:
        await publish(tx, "tips:x", "x", {"id": "1"})
        await publish(tx, "tips:x", "x", {"id": "2"})
    async with unit(Scope.public()) as tx:
        assert await position(tx, "booth:none", "tips:x") == "0.2"


async def test_events_older_than_a_day_are_deleted(db, world, monkeypatch):
    async with unit(Scope.of(world.owner)) as tx:
        await publish(tx, CHANNEL, "x", {"id": "old"})
    await delete_old_events()
    assert len(events(db)) == 1
    later = clock.now() + timedelta(hours=25)
    monkeypatch.setattr(clock, "now", lambda: later)
    await delete_old_events()
    assert events(db) == []
    # The count goes on: a page that knows number 1 must not take the next event for an old one.
    async with unit(Scope.of(world.owner)) as tx:
        await publish(tx, CHANNEL, "x", {"id": "new"})
    assert [seq for seq, _, _ in events(db)] == [2]
    assert isinstance(world.a, UUID)
