"""Scopes and units of work against the real policies."""

import asyncio
import time

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from djplatform.core.audit import audit
from djplatform.core.db import (
    Scope,
    VendorCallInsideUnit,
    databases,
    forbid_in_unit,
    unit,
)
from djplatform.core.db.scope import mac
from djplatform.core.db.uow import NestedUnit
from djplatform.core.ids import new_id
from djplatform.core.jobs import defer, job

COUNT = text("select count(*) from memberships")


async def count(scope: Scope) -> int:
    async with unit(scope) as tx:
        return (await tx.session.execute(COUNT)).scalar_one()


@pytest.mark.feature("9/kernel")
async def test_a_member_sees_the_own_organization_only(world) -> None:
    assert await count(Scope.of(world.owner)) == 3
    assert await count(Scope.of(world.outsider)) == 1


@pytest.mark.feature("9/kernel")
async def test_asking_for_a_foreign_organization_gives_nothing(world) -> None:
    assert await count(Scope.member(world.outsider.user_id, world.a)) == 0


@pytest.mark.feature(31, 32)
async def test_member_outsider_and_platform_admin_get_allow_deny_allow(world, db) -> None:
    assert await count(Scope.of(world.owner)) == 3
    assert await count(Scope.member(world.outsider.user_id, world.a)) == 0
    assert await count(Scope.platform(world.admin, "support case 12")) == 4
    trail = db.rows("select new_value from audit_log where action = 'platform.access'")
    assert trail == [{"new_value": {"reason": "support case 12"}}]

    db.rows("delete from platform_roles where user_id = %s", world.admin)
    with pytest.raises(DBAPIError, match="not a platform admin"):
        await count(Scope.platform(world.admin, "support case 12"))


async def test_a_viewer_writes_nothing(world, db) -> None:
    async with unit(Scope.of(world.viewer)) as tx:
        changed = await tx.session.execute(text("update organizations set name = 'x'"))
        assert changed.rowcount == 0
    names = db.rows("select name from organizations where id = %s", world.a)
    assert names == [{"name": "Jay Martell"}]


async def test_without_a_scope_nothing_is_readable(db, world) -> None:
    async with databases.web.sessions() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(COUNT)


@pytest.mark.parametrize("tamper", ["user", "mac", "expired", "garbage"])
async def test_a_forged_scope_is_refused(world, tamper: str) -> None:
    scope = Scope.of(world.owner)
    good = scope.signed(bytes.fromhex("5c" * 32), 1)
    body, _, seal = good.partition("~")
    forged = {
        "user": body.replace(str(world.owner.user_id), str(world.outsider.user_id)) + "~" + seal,
        "mac": body + "~" + mac(b"guess", body),
        "expired": _expired(body),
        "garbage": "member",
    }[tamper]
    async with databases.web.sessions() as session:
        await session.execute(
            text("select set_config('role', :r, true), set_config('app.scope', :s, true)"),
            {"r": scope.role, "s": forged},
        )
        with pytest.raises(DBAPIError, match="bad scope"):
            await session.execute(COUNT)


def _expired(body: str) -> str:
    parts = body.split(".")
    parts[-1] = str(int(time.time()) - 1)
    old = ".".join(parts)
    return f"{old}~{mac(bytes.fromhex('5c' * 32), old)}"


@pytest.mark.parametrize("role", ["djp_system", "djp_platform_reader", "djp_owner", "postgres"])
async def test_the_web_login_cannot_take_other_roles(db, role: str) -> None:
    async with databases.web.sessions() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text("select set_config('role', :r, true)"), {"r": role})


async def test_the_web_login_cannot_read_the_scope_key(db) -> None:
    with psycopg.connect(db.url("djp_web")) as connection:
        for role in ("djp_member", "djp_identity"):
            connection.execute(f"set role {role}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select key from app.scope_keys")
            connection.rollback()


async def test_vendors_are_refused_inside_a_unit(world) -> None:
    forbid_in_unit("stripe")
    async with unit(Scope.of(world.owner)):
        with pytest.raises(VendorCallInsideUnit, match="stripe"):
            forbid_in_unit("stripe")
        with pytest.raises(NestedUnit):
            async with unit(Scope.of(world.owner)):
                pass
    forbid_in_unit("stripe")


async def test_many_tenants_over_few_connections_never_mix(world) -> None:
    async def look(index: int) -> int:
        return await count(Scope.of(world.owner if index % 2 else world.outsider))

    seen = await asyncio.gather(*(look(i) for i in range(200)))
    assert seen == [3 if i % 2 else 1 for i in range(200)]


@pytest.mark.feature("36/append-only")
async def test_the_audit_trail_is_append_only(world, db) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        await audit(tx, "test.done", subject_kind="event", subject_id=new_id(), new={"a": 1})
    row = db.rows("select actor_user_id, organization_id from audit_log")
    assert row == [{"actor_user_id": world.owner.user_id, "organization_id": world.a}]
    update = "update audit_log set action = 'x'"
    for statement in (update, "delete from audit_log", "truncate audit_log"):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="append-only"):
            db.rows(statement)


@job("test.nothing")
async def nothing(number: int) -> None:
    """Does nothing."""


JOBS = "select args from procrastinate.procrastinate_jobs order by id"


async def test_a_job_is_deferred_with_its_transaction(world, db) -> None:
    with pytest.raises(RuntimeError, match="crash"):
        async with unit(Scope.of(world.owner)) as tx:
            await defer(tx, nothing, number=1)
            raise RuntimeError("crash")
    assert db.rows(JOBS) == []

    async with unit(Scope.of(world.owner)) as tx:
        await defer(tx, nothing, number=2)
    assert db.rows(JOBS) == [{"args": {"number": 2}}]


async def test_a_clash_of_queueing_locks_leaves_the_transaction_whole(world, db) -> None:
    async with unit(Scope.of(world.owner)) as tx:
        await defer(tx, nothing, number=1, queueing_lock="once")
        await defer(tx, nothing, number=2, queueing_lock="once")
        assert (await tx.session.execute(COUNT)).scalar_one() == 3
    assert db.rows(JOBS) == [{"args": {"number": 1}}]


async def test_the_web_login_cannot_read_or_cancel_jobs(db, world) -> None:
    with psycopg.connect(db.url("djp_web")) as connection:
        for statement in (
            "select * from procrastinate.procrastinate_jobs",
            "select procrastinate.procrastinate_cancel_job_v1(1, true, true)",
        ):
            connection.execute("set role djp_member")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
            connection.rollback()
