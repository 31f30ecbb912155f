"""Engines: each login has its own, and no connection waits for ever for a peer that is gone."""

import psycopg
import pytest

from djplatform.core.db import Scope, ScopeKind, unit
from djplatform.core.db.engine import Databases, sqlalchemy_url


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_both_ways_to_write_the_scheme_mean_psycopg(scheme: str) -> None:
    url = sqlalchemy_url(f"{scheme}://djp_web:p@db.example.com/x?sslmode=require")
    assert url == "postgresql+psycopg://djp_web:p@db.example.com/x?sslmode=require"


async def test_a_scope_goes_through_the_login_that_may_take_it() -> None:
    url = "postgresql://djp_web:p@db.example.com/x"
    both = Databases()
    both.configure(web=url, worker=url, platform=url)
    assert both.of(ScopeKind.SYSTEM) is both.worker
    assert both.of(ScopeKind.PLATFORM) is both.platform
    for kind in (ScopeKind.MEMBER, ScopeKind.GUEST, ScopeKind.PUBLIC, ScopeKind.IDENTITY):
        assert both.of(kind) is both.web
    await both.close()

    both.configure(worker=url)
    assert both.of(ScopeKind.MEMBER) is both.worker
    with pytest.raises(RuntimeError, match="'platform'"):
        both.of(ScopeKind.PLATFORM)
    both.configure(web=url)
    with pytest.raises(RuntimeError, match="'system'"):
        both.of(ScopeKind.SYSTEM)
    await both.close()


async def test_no_connection_waits_for_ever(world) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        connection = await tx.session.connection()
        raw = (await connection.get_raw_connection()).driver_connection
        told = raw.info.get_parameters()
    assert told["connect_timeout"] == "5"
    assert told["tcp_user_timeout"] == "20000"


async def test_a_connection_that_died_while_it_waited_is_replaced(db, world) -> None:
    for _ in range(2):
        async with unit(Scope.of(world.owner)):
            pass
        with psycopg.connect(db.url("postgres"), autocommit=True) as admin:
            admin.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'djp_web' "
                "and datname = current_database()"
            )
