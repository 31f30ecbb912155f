"""Revisions: one chain, up and down and up, and the models agree with what they made."""

import psycopg
import pytest
from alembic import command
from alembic.script import ScriptDirectory

from djplatform.core.db.bootstrap import alembic_config, migrate

TABLES = "select count(*) as n from pg_tables where schemaname = 'public'"


def test_the_revisions_form_one_chain(db) -> None:
    script = ScriptDirectory.from_config(alembic_config(db.url("djp_owner")))
    assert len(script.get_heads()) == 1


@pytest.mark.feature(334)
@pytest.mark.parametrize("seeded", [False, True])
def test_down_and_up_again(db, request: pytest.FixtureRequest, seeded: bool) -> None:
    if seeded:
        request.getfixturevalue("world")
    before = db.rows(TABLES)
    command.downgrade(alembic_config(db.url("djp_owner")), "base")
    assert db.rows(TABLES) == [{"n": 1}]
    migrate(db.url("djp_owner"))
    assert db.rows(TABLES) == before
    assert db.rows("select kind from organizations") == [{"kind": "platform"}]


@pytest.mark.feature("334/drift")
def test_the_models_agree_with_the_database(db) -> None:
    command.check(alembic_config(db.url("djp_owner")))


@pytest.mark.feature("341/append-only")
def test_the_owner_of_the_tables_is_no_superuser(db) -> None:
    with psycopg.connect(db.url("djp_owner")) as connection:
        assert connection.execute("select current_setting('is_superuser')").fetchone() == ("off",)
