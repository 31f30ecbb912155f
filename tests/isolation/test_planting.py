"""What is planted before the attack: rows where there are none, secrets where it matters."""

import psycopg
import pytest

from djplatform.isolation.planting import STEERING, plant_rows, plant_secrets
from djplatform.isolation.sql_attacks import attack_tables


@pytest.mark.feature("B81/sql")
def test_every_tenant_table_gets_a_row_and_holds_against_the_attack(db, world, admin, cast):
    tables = plant_rows(admin, world.a)
    assert all(table.twin != "{}" for table in tables)
    attacked, tried, leaks = attack_tables(db.url("postgres"), db.url("djp_web"), cast)
    assert [table.name for table in attacked] == [table.name for table in tables]
    assert tried >= 15 * len(attacked)
    assert leaks == []


def test_a_row_that_another_tenant_has_is_taken_as_the_pattern(db, world, admin):
    admin.execute(
        "insert into events (organization_id, id, kind, status, visibility, title, time_zone,"
        " created_at, updated_at) values (%s, gen_random_uuid(), 'booking', 'draft', 'private',"
        " 'A wedding', 'UTC', now(), now())",
        (world.b,),
    )
    plant_rows(admin, world.a)
    [found] = db.rows("select title, kind from events where organization_id = %s", world.a)
    assert found == {"title": "A wedding", "kind": "booking"}


def test_secrets_lie_in_private_texts_of_the_victim_only(db, world, admin):
    plant_rows(admin, world.b)
    before = db.rows("select * from tips where organization_id = %s", world.b)
    secrets = plant_secrets(admin, plant_rows(admin, world.a), world.a)
    assert {"tips.message", "tips.guest_name", "payments.payee_name"} <= set(secrets.values())
    assert not {place.partition(".")[2] for place in secrets.values()} & STEERING
    assert not {place for place in secrets.values() if place.startswith("organizations.")}
    [tip] = db.rows("select message from tips where organization_id = %s", world.a)
    assert any(text in tip["message"] for text in secrets)
    assert db.rows("select * from tips where organization_id = %s", world.b) == before


def test_what_a_vendor_knows_too_counts_as_it_is(db, world, admin):
    tables = plant_rows(admin, world.a)
    admin.execute("update payments set checkout_id = 'cs_test_a1b2c3d4e5'")
    assert plant_secrets(admin, tables, world.a)["cs_test_a1b2c3d4e5"] == "payments.checkout_id"


def test_what_an_api_token_is_found_by_stays(db, world, admin):
    tables = plant_rows(admin, world.a)
    admin.execute("update api_tokens set token_hash = 'the hash of a secret', role = 'viewer'")
    assert plant_secrets(admin, tables, world.a)["the hash of a secret"] == "api_tokens.token_hash"
    [kept] = db.rows("select name, token_hash from api_tokens")
    assert kept["token_hash"] == "the hash of a secret"
    assert kept["name"].startswith("canary-")


def test_triggers_work_again_afterwards(world, admin):
    plant_secrets(admin, plant_rows(admin, world.a), world.a)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="append-only"):
        admin.execute("delete from audit_log")
