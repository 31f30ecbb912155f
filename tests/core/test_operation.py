"""An operation asks for the permission and for the organization before it does anything."""

import pytest
from sqlalchemy import text

from djplatform.core.actor import Actor, Permission
from djplatform.core.db import Scope, unit
from djplatform.core.db.uow import Tx
from djplatform.core.errors import PermissionDenied
from djplatform.core.operation import OPERATIONS, operation


@pytest.fixture
def rename(monkeypatch: pytest.MonkeyPatch):
    """An audited operation that lives as long as a test."""
    monkeypatch.setattr("djplatform.core.operation.OPERATIONS", dict(OPERATIONS))

    async def rename_it(tx: Tx, actor: Actor, name: str) -> None:
        """Give the organization another name."""
        await tx.session.execute(
            text("update organizations set name = :name where id = :id"),
            {"name": name, "id": actor.organization_id},
        )

    return operation(Permission.EVENTS_WRITE, audited=True)(rename_it)


def names(db) -> set[str]:
    return {row["name"] for row in db.rows("select name from organizations")}


async def test_a_transaction_of_another_organization_is_refused(db, world, rename) -> None:
    before = names(db)
    async with unit(Scope.of(world.outsider)) as tx:
        with pytest.raises(PermissionDenied, match="another organization"):
            await rename(tx, world.owner, "Mine now")
    assert names(db) == before
    assert db.rows("select * from audit_log") == []


async def test_who_may_not_changes_nothing_and_who_may_is_written_down(db, world, rename) -> None:
    before = names(db)
    async with unit(Scope.of(world.viewer)) as tx:
        with pytest.raises(PermissionDenied):
            await rename(tx, world.viewer, "Mine now")
    assert names(db) == before
    assert db.rows("select * from audit_log") == []
    async with unit(Scope.of(world.owner)) as tx:
        await rename(tx, world.owner, "Jay M.")
    assert "Jay M." in names(db)
    [row] = db.rows("select * from audit_log")
    assert row["actor_user_id"] == world.owner.user_id
