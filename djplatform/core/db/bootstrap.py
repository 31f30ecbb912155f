"""From an empty server to a migrated database: roles, the owner, revisions, the scope key."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from djplatform.core.db.roles import LOGINS, OWNER, owner_statements, statements
from djplatform.settings import ROOT


class CannotCreateRoles(RuntimeError):
    """The owner's login may not create roles; the message holds the SQL that an admin runs."""


def bootstrap(
    admin_url: str,
    passwords: Mapping[str, str],
    scope_key: str,
    *,
    database: str | None = None,
    scope_key_id: int = 1,
) -> dict[str, str]:
    """Prepare everything behind `admin_url` and migrate to head; safe to repeat.

    Args:
        admin_url: a superuser of the embedded server, or the owner's `DATABASE_URL`.
        passwords: one for each login of `roles.LOGINS`, and for `djp_owner`.
        scope_key: hex key that signs scopes.
        database: made and owned by `djp_owner` when given (embedded server, tests); without it
            the database of `admin_url` is used and its login is the owner.
        scope_key_id: its number; an older key stays valid while it is being replaced.

    Returns:
        A URL for each login, and under "owner" the owner's.

    Raises:
        CannotCreateRoles: with the statements to run.
    """
    _ensure_roles(admin_url, passwords, with_owner=database is not None)
    owner_url = admin_url
    if database is not None:
        _ensure_database(admin_url, database)
        owner_url = with_login(admin_url, OWNER, passwords[OWNER], database)
    migrate(owner_url)
    if database is not None:
        _ensure_sandbox_schema(owner_url)
    store_scope_key(owner_url, scope_key, scope_key_id)
    name = conninfo_to_dict(owner_url).get("dbname")
    urls = {
        login.name: with_login(admin_url, login.name, passwords[login.name], str(name))
        for login in LOGINS
    }
    return {"owner": owner_url, **urls}


def with_login(url: str, user: str, password: str, database: str) -> str:
    """The same server and options under another login, as a `postgresql://` URL."""
    options = conninfo_to_dict(url) | {"user": None, "password": None, "dbname": None}
    # Host and port stand in the query too: sockets, IPv6 and lists of hosts need no rules of
    # their own there. Not by `quote_plus`: to PostgreSQL a plus sign in a path is a plus sign.
    query = urlencode({k: v for k, v in options.items() if v is not None}, quote_via=quote)
    login, secret, name = (quote(text, safe="") for text in (user, password, database))
    return f"postgresql://{login}:{secret}@/{name}?{query}"


def migrate(owner_url: str, revision: str = "head") -> None:
    """Upgrade to a revision as the owner. Alembic takes a lock, so two at once are safe."""
    command.upgrade(alembic_config(owner_url), revision)


def alembic_config(owner_url: str) -> Config:
    """Alembic's configuration for one database."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.set_main_option("prepend_sys_path", str(ROOT / "alembic"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = owner_url
    return config


def store_scope_key(owner_url: str, key: str, key_id: int) -> None:
    """Put the key where the definer functions find it. Old keys stay while they rotate."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(
            "insert into app.scope_keys (id, key) values (%s, decode(%s, 'hex')) "
            "on conflict (id) do update set key = excluded.key",
            (key_id, key),
        )


def _ensure_roles(admin_url: str, passwords: Mapping[str, str], *, with_owner: bool) -> None:
    lines = statements(dict(passwords))
    if with_owner:
        lines += owner_statements(passwords[OWNER])
    try:
        with psycopg.connect(admin_url, autocommit=True) as connection:
            # Roles belong to the whole cluster: two databases prepared at once would clash.
            connection.execute("select pg_advisory_lock(7163001)")
            for line in lines:
                connection.execute(sql.SQL(line))  # pyright: ignore[reportArgumentType]
    except psycopg.errors.InsufficientPrivilege as error:
        raise CannotCreateRoles(
            "The owner may not create roles. Run this as an administrator:\n" + ";\n".join(lines)
        ) from error


def _ensure_database(admin_url: str, database: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        found = connection.execute(
            "select 1 from pg_database where datname = %s", (database,)
        ).fetchone()
        if not found:
            connection.execute(
                sql.SQL("create database {} owner {}").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )


def _ensure_sandbox_schema(owner_url: str) -> None:
    """The vendor simulators keep their state beside the product, never inside its tables."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("create schema if not exists sandbox")
        connection.execute("grant usage, create on schema sandbox to djp_sandbox")
