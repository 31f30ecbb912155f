"""The attack finds nothing where the policies hold, and finds each hole that is made for it."""

import psycopg
import pytest

from djplatform.isolation.sql_attacks import attack_tables


def run(db, cast):
    tables, tried, leaks = attack_tables(db.url("postgres"), db.url("djp_web"), cast)
    return tables, tried, [leak for leak in leaks if leak.attack != "seed"]


@pytest.mark.feature("B81/sql", "10/sql")
def test_no_attack_reads_or_changes_a_foreign_row(db, cast) -> None:
    tables, tried, leaks = run(db, cast)
    assert {"organizations", "memberships"} <= {table.name for table in tables}
    assert tried >= 15 * len(tables)
    assert leaks == []


HOLES = {
    "row security off": "alter table memberships disable row level security",
    "a policy for everybody": (
        "create policy x on memberships for select to djp_member using (true)"
    ),
    "a writable table": (
        "create policy x on memberships for delete to djp_member using (true);"
        "create policy y on memberships for select to djp_member using (true);"
        "grant delete on memberships to djp_member"
    ),
    "viewers write": (
        "create policy x on organizations for update to djp_member"
        " using (id = (select app.organization(false)))"
    ),
    "a private column in public": (
        "create policy x on memberships for select to djp_public using (true);"
        "grant select (user_id, organization_id) on memberships to djp_public"
    ),
    "inherited rights": "alter role djp_web inherit; grant djp_system to djp_web",
}


@pytest.mark.feature("B81/sql")
@pytest.mark.parametrize("hole", sorted(HOLES))
def test_a_planted_hole_is_found(db, cast, hole: str) -> None:
    with psycopg.connect(db.url("postgres"), autocommit=True) as connection:
        connection.execute(HOLES[hole])
        try:
            assert run(db, cast)[2]
        finally:
            connection.execute("alter role djp_web noinherit")
            connection.execute("revoke djp_system from djp_web")
