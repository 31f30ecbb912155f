"""The services hold without the policies: two walls, each sufficient by itself."""

import psycopg
import pytest
from sqlalchemy import text

from djplatform.core.actor import Actor
from djplatform.core.db import Scope, unit
from djplatform.core.errors import NotFound
from djplatform.features.accounts import service as accounts
from djplatform.features.crowd import service as crowd
from djplatform.features.events import service as events
from djplatform.features.events.dto import StartTonight
from djplatform.features.payments import service as payments
from djplatform.features.payments.dto import EarningsQuery
from djplatform.features.profiles import service as profiles

_TABLES = "select relname from pg_class where relrowsecurity and relkind = 'r'"


@pytest.fixture
async def night(world):
    """Organization A's night, with a paid tip."""
    async with unit(Scope.of(world.owner)) as tx:
        cmd = StartTonight(title="Secret night", venue="Cellar")
        return (await events.start_tonight(tx, world.owner, cmd)).event.id


@pytest.fixture
def open_database(db, world, night):
    """Every policy switched off; the grants stay."""
    with psycopg.connect(db.url("postgres"), autocommit=True) as connection:
        connection.execute(
            "insert into tips (organization_id, id, event_id, device_id, amount_minor, currency,"
            " guest_name, message, status, paid_minor, net_minor, created_at, updated_at, paid_at)"
            " values (%s, gen_random_uuid(), %s, gen_random_uuid(), 500, 'GBP', 'Priya', 'Secret',"
            " 'paid', 500, 452, now(), now(), now())",
            (world.a, night),
        )
        for (table,) in connection.execute(_TABLES).fetchall():
            connection.execute(f'alter table "{table}" disable row level security')
    return db


@pytest.mark.feature(29)
async def test_an_outsider_reads_nothing_foreign_without_the_policies(
    open_database, world, night
) -> None:
    outsider: Actor = world.outsider
    async with unit(Scope.of(outsider)) as tx:
        assert (await accounts.organization(tx, outsider)).id == world.b
        assert {m.user_id for m in await accounts.members(tx, outsider)} == {outsider.user_id}
        assert (await profiles.profile(tx, outsider)).organization_id == world.b
        assert await events.current_event(tx, outsider) is None
        assert list(await events.list_events(tx, outsider)) == []
        assert list(await crowd.list_tips(tx, outsider)) == []
        assert (await crowd.tips_summary(tx, outsider)).count == 0
        assert (await payments.earnings(tx, outsider, EarningsQuery())).payments == ()
        with pytest.raises(NotFound):
            await events.event(tx, outsider, night)
        with pytest.raises(NotFound):
            await crowd.list_tips(tx, outsider, night)


@pytest.mark.feature(29)
async def test_an_outsider_changes_nothing_foreign_without_the_policies(
    open_database, world, night
) -> None:
    outsider: Actor = world.outsider
    with pytest.raises(NotFound):
        async with unit(Scope.of(outsider)) as tx:
            await events.end_event(tx, outsider, night)
    async with unit(Scope.of(outsider)) as tx:
        await events.start_tonight(tx, outsider, StartTonight(title="Own night"))
    rows = open_database.rows("select title, status from events order by title")
    assert rows == [
        {"title": "Own night", "status": "live"},
        {"title": "Secret night", "status": "live"},
    ]


async def test_the_fixture_really_opens_the_database(open_database, world) -> None:
    """Without this the two tests above could pass behind policies that still stand."""
    async with unit(Scope.of(world.outsider)) as tx:
        seen = await tx.session.execute(text("select count(*) from tips"))
        assert seen.scalar_one() == 1
