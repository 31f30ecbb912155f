"""What the database's catalog says about itself: policies, keys, indexes, definer functions."""

import pytest

from djplatform.core.db import databases
from djplatform.settings import ROOT

TENANT = """
select c.relname as table, c.relrowsecurity as enabled, c.relforcerowsecurity as forced,
       exists (select from pg_attribute a where a.attrelid = c.oid
               and a.attname = 'organization_id' and a.attnotnull and not a.attisdropped) as tenant
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> 'alembic_version'
"""

GLOBAL = {
    "users": "people; members see id and name",
    "platform_roles": "who is a platform admin",
    "organizations": "the tenants themselves: their id is the key",
    "credentials": "identity only",
    "sessions": "identity only",
    "tokens": "identity only",
    "login_attempts": "identity only",
    "brands": "read by all",
    "domains": "read by all",
    "mails": "identity mails have no organization",
    "inbox": "bodies are the worker's",
    "external_refs": "routes an outside id to its organization",
    "journal_entries": "headers carry no tenant data",
    "fee_plans": "a plan may be for every organization",
    "realtime_channels": "the hub's",
    "realtime_events": "the hub's",
}
"""The reviewed list of tables without a tenant's key, and why."""


@pytest.fixture
def tables(db) -> dict[str, dict]:
    return {row["table"]: row for row in db.rows(TENANT)}


@pytest.mark.feature("8/catalog", 42)
def test_every_table_is_a_tenants_or_on_the_reviewed_list(tables) -> None:
    unknown = [name for name, row in tables.items() if not row["tenant"] and name not in GLOBAL]
    assert not unknown


@pytest.mark.feature("28/forced", 42)
def test_every_table_forces_row_security(tables) -> None:
    loose = [name for name, row in tables.items() if not (row["enabled"] and row["forced"])]
    assert not loose


def test_policies_name_a_role_and_contain_no_or(db) -> None:
    policies = db.rows(
        "select tablename, policyname, roles, coalesce(qual, '') || coalesce(with_check, '') as"
        " body from pg_policies where schemaname = 'public'"
    )
    assert policies
    for policy in policies:
        where = f"{policy['tablename']}.{policy['policyname']}"
        assert policy["roles"] != ["public"], where
        assert " OR " not in policy["body"], where


def test_policies_call_their_function_once_a_statement(db) -> None:
    """A bare function would run for each row; inside a scalar sub-select it runs once."""
    bodies = db.rows(
        "select tablename || '.' || policyname as name, coalesce(qual, '') ||"
        " coalesce(with_check, '') as body from pg_policies where schemaname = 'public'"
    )
    for row in bodies:
        assert row["body"].count("app.") == row["body"].count("( SELECT app."), row["name"]


@pytest.mark.feature(337)
def test_every_foreign_key_has_an_index(db) -> None:
    missing = db.rows(
        """
        select con.conrelid::regclass::text || '.' || con.conname as name
        from pg_constraint con join pg_namespace n on n.oid = con.connamespace
        where con.contype = 'f' and n.nspname = 'public' and not exists (
          select from pg_index i where i.indrelid = con.conrelid
          and (i.indkey::int2[])[0:cardinality(con.conkey) - 1] @> con.conkey
        )"""
    )
    assert not missing


def test_references_between_tenant_tables_carry_the_tenant(db) -> None:
    simple = db.rows(
        """
        select con.conrelid::regclass::text || '.' || con.conname as name
        from pg_constraint con
        join pg_namespace n on n.oid = con.connamespace
        where con.contype = 'f' and n.nspname = 'public' and cardinality(con.conkey) = 1
          and exists (select from pg_attribute a where a.attrelid = con.conrelid
                      and a.attname = 'organization_id')
          and exists (select from pg_attribute a where a.attrelid = con.confrelid
                      and a.attname = 'organization_id')
        """
    )
    assert not simple


def test_uniqueness_over_tenants_is_a_short_list(db) -> None:
    rows = db.rows(
        """
        select i.indrelid::regclass::text || ':' ||
               array_to_string(array(select a.attname::text from unnest(i.indkey) k
                     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k), ',') as key
        from pg_index i join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace
        where i.indisunique and not i.indisprimary and n.nspname = 'public'
          and exists (select from pg_attribute a where a.attrelid = i.indrelid
                      and a.attname = 'organization_id' and a.attnotnull)
          and not exists (select from pg_attribute a where a.attrelid = i.indrelid
                          and a.attname = 'organization_id' and a.attnum = any(i.indkey))
        """
    )
    assert {row["key"] for row in rows} <= {
        "dj_profiles:slug",
        "connected_accounts:brand,stripe_account_id",
        "payments:checkout_session_id",
        "payments:brand,checkout_session_id",
        "api_tokens:token_hash",
        "api_tokens:previous_hash",
    }


def test_definer_functions_fix_their_search_path_and_belong_to_the_owner(db) -> None:
    functions = db.rows(
        """
        select p.proname as name, coalesce(array_to_string(p.proconfig, ','), '') as config,
               r.rolname as owner, r.rolsuper as super
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        join pg_roles r on r.oid = p.proowner
        where p.prosecdef and n.nspname in ('app', 'public', 'procrastinate')
        """
    )
    assert functions
    for function in functions:
        assert "search_path=" in function["config"], function["name"]
        assert not function["super"], function["name"]


def test_definer_functions_are_not_open_to_everybody(db) -> None:
    open_to_all = db.rows(
        """
        select p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname in ('app', 'public', 'procrastinate')
          and (p.proacl is null or exists (
                select from aclexplode(p.proacl) a where a.grantee = 0))
        """
    )
    assert not open_to_all


def test_there_are_no_views_that_look_past_the_policies(db) -> None:
    loose = db.rows(
        """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and (c.relkind = 'm' or (c.relkind = 'v' and not
          coalesce('security_invoker=true' = any(c.reloptions), false)))
        """
    )
    assert not loose


@pytest.mark.feature("28/roles")
def test_logins_can_bypass_nothing(db) -> None:
    logins = db.rows(
        "select rolname, rolsuper, rolbypassrls, rolinherit, rolcreaterole from pg_roles"
        " where rolname in ('djp_web', 'djp_worker', 'djp_platform', 'djp_hub', 'djp_sandbox')"
    )
    assert len(logins) == 5
    for login in logins:
        powers = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolinherit")
        assert not any(login[power] for power in powers), login["rolname"]


@pytest.mark.feature(341)
def test_the_ledger_and_the_audit_trail_have_their_triggers(db) -> None:
    found = db.rows(
        "select tgrelid::regclass::text as name, bool_or(tgtype & 8 > 0) as deletes,"
        " bool_or(tgtype & 16 > 0) as updates, bool_or(tgtype & 32 > 0) as truncates"
        " from pg_trigger where not tgisinternal group by 1"
    )
    guarded = {
        row["name"] for row in found if row["deletes"] and row["updates"] and row["truncates"]
    }
    assert {"audit_log", "journal_entries", "journal_lines", "ledger_accounts"} <= guarded


@pytest.mark.feature(336)
async def test_it_is_postgresql_by_psycopg_and_nothing_else(db) -> None:
    assert databases.web.engine.dialect.name == "postgresql"
    assert databases.web.engine.driver == "psycopg"
    [version] = db.rows("select current_setting('server_version_num')::int as number")
    assert version["number"] >= 150000
    declared = (ROOT / "pyproject.toml").read_text().lower()
    for other in ("sqlite", "mysql", "asyncpg"):
        assert other not in declared
