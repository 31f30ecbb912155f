"""What there is to attack: the tenant tables, as the catalog lists them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

PUBLISHED: dict[str, frozenset[str]] = {
    "organizations": frozenset(
        {"id", "slug", "name", "kind", "product_context", "country", "currency"}
    ),
    "dj_profiles": frozenset(
        {"organization_id", "stage_name", "bio", "home_town", "photo", "published", "updated_at"}
    ),
    "events": frozenset(
        {"organization_id", "id", "title", "venue", "status", "visibility", "starts_at"}
    ),
}
"""The reviewed list of columns that an anonymous visitor may read of published rows.

It is written here a second time, apart from the grants, so that a careless grant is found.
"""

_TABLES = """
select c.relname, a.attname
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
where n.nspname = 'public' and c.relkind in ('r', 'p')
  and ((a.attname = 'organization_id' and a.attnotnull) or
       (c.relname = 'organizations' and a.attname = 'id'))
order by c.relname"""

_COLUMNS = """
select a.attname, a.attgenerated <> ''
from pg_attribute a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum"""


@dataclass(frozen=True, slots=True)
class Table:
    """One table whose rows belong to tenants."""

    name: str
    key: str
    """The column with the organization's id."""
    columns: tuple[str, ...]
    private: tuple[str, ...]
    """Columns that an anonymous visitor may never read, whatever is published."""
    has_device: bool
    twin: str
    """A row of the victim as JSON, with a new id: what a forger would like to insert."""

    @property
    def identifier(self) -> sql.Identifier:
        """The table's name, quoted."""
        return sql.Identifier(self.name)


def tenant_tables(connection: Connection, victim: UUID) -> list[Table]:
    """Every tenant table, the organizations themselves included."""
    found = connection.execute(_TABLES).fetchall()
    return [_table(connection, str(name), str(key), victim) for name, key in found]


def _table(connection: Connection, name: str, key: str, victim: UUID) -> Table:
    rows = connection.execute(_COLUMNS, (name,)).fetchall()
    columns = tuple(str(column) for column, generated in rows if not generated)
    published = PUBLISHED.get(name, frozenset())
    private = tuple(column for column in columns if column not in published)
    sample = connection.execute(
        sql.SQL(
            "select (to_jsonb(t) || case when to_jsonb(t) ? 'id' and {} <> 'id' then"
            " jsonb_build_object('id', gen_random_uuid()) else '{{}}' end)::text"
            " from {} t where {} = %s limit 1"
        ).format(sql.Literal(key), sql.Identifier(name), sql.Identifier(key)),
        (victim,),
    ).fetchone()
    twin = str(sample[0]) if sample else "{}"
    return Table(name, key, columns, private, "device_id" in columns, twin)


def fingerprint(connection: Connection, table: Table, organization: object) -> str:
    """A hash over all rows of one organization; any change to any of them changes it."""
    query = sql.SQL(
        "select count(*) || ':' || md5(coalesce(string_agg(r, '|' order by r), '')) from "
        "(select t::text as r from {} t where {} = %s) rows"
    ).format(table.identifier, sql.Identifier(table.key))
    row = connection.execute(query, (organization,)).fetchone()
    return str(row[0]) if row else ""
