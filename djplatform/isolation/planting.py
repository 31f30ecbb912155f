"""Makes the victim worth attacking: a row in every tenant table, a secret in every private text.

Runs as the superuser of a temporary cluster, past policies and triggers.
"""

import re
import secrets
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import product
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from djplatform.isolation.catalog import Connection, Table, tenant_tables

STEERING = frozenset(
    {
        "brand",
        "cancel_url",
        "country",
        "currency",
        "destination_country",
        "kind",
        "photo",
        "return_url",
        "slug",
        "time_zone",
        "transfers",
        "card_payments",
        "payouts",
    }
)
"""Texts that steer the product. Another value would shut the very doors that are to be tried."""

VENDORS_WORDS = frozenset(
    {
        "balance_transaction_id",
        "charge_id",
        "checkout_id",
        "checkout_url",
        "destination",
        "external_id",
        "payment_intent_id",
    }
)
"""Texts that a vendor knows too: they stay, and are secrets as they are."""

HASHES = frozenset({"token_hash", "previous_hash"})
"""By these a token is found: another value would make it useless, and refusals prove nothing."""

_COLUMNS = """
select a.attname, format_type(a.atttypid, null), a.attnotnull and not a.atthasdef,
       a.attgenerated <> '' or a.attidentity <> ''
from pg_attribute a
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum"""

_REFERENCES = """
select a.attname, f.relname, b.attname
from pg_constraint c
join pg_class f on f.oid = c.confrelid
cross join lateral unnest(c.conkey, c.confkey) as k(own, other)
join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
where c.conrelid = %s::regclass and c.contype = 'f'"""

_CHECKS = """
select pg_get_constraintdef(oid) from pg_constraint
where conrelid = %s::regclass and contype = 'c'"""

_VALUES: dict[str, sql.SQL] = {
    "uuid": sql.SQL("gen_random_uuid()"),
    "boolean": sql.SQL("true"),
    "jsonb": sql.SQL("'{}'::jsonb"),
    "timestamp with time zone": sql.SQL("now()"),
    "date": sql.SQL("current_date"),
    "bytea": sql.SQL("'x'::bytea"),
}
_COMMON_WORDS = ("GBP", "GB", "planted")
"""Currencies and countries, whose checks are patterns."""
_MOST_TRIES = 400


@dataclass(frozen=True, slots=True)
class Column:
    """A column as far as inventing a value for it needs to know."""

    name: str
    type: str
    needed: bool


def plant_rows(connection: Connection, victim: UUID) -> list[Table]:
    """Give the victim a row in each tenant table that holds none; the tables with their samples.

    A table for which no row could be invented stays empty, and the attack through SQL says so.
    """
    with _past_triggers(connection):
        for table in tenant_tables(connection, victim):
            if table.twin == "{}":
                _plant(connection, table, victim)
    return tenant_tables(connection, victim)


def _plant(connection: Connection, table: Table, victim: UUID) -> None:
    if _copy(connection, table, victim):
        return
    columns = [
        Column(str(name), str(type_), bool(needed))
        for name, type_, needed, generated in connection.execute(_COLUMNS, (table.name,)).fetchall()
        if not generated
    ]
    values = _values(connection, table, columns, victim)
    for number, chosen in enumerate(product(*values.values())):
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            table.identifier,
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(chosen),
        )
        if number >= _MOST_TRIES or _done(connection, statement):
            return


def _copy(connection: Connection, table: Table, victim: UUID) -> bool:
    """Take over a row that another tenant has."""
    fresh = {table.key: str(victim)} | ({"id": str(uuid4())} if "id" in table.columns else {})
    statement = sql.SQL(
        "insert into {t} ({c}) select {c} from jsonb_populate_record(null::{t},"
        " (select to_jsonb(o) || {new}::jsonb from {t} o limit 1)) where {k} is not null"
    ).format(
        t=table.identifier,
        c=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        new=sql.Literal(_json(fresh)),
        k=sql.Identifier(table.key),
    )
    return table.key != "id" and _done(connection, statement)


def _json(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": "{value}"' for name, value in values.items()) + "}"


def _values(
    connection: Connection, table: Table, columns: list[Column], victim: UUID
) -> dict[str, list[sql.Composable]]:
    """For each column that needs one, the values that may fit, the likeliest first."""
    references = {
        str(own): (str(there), str(column))
        for own, there, column in connection.execute(_REFERENCES, (table.name,)).fetchall()
    }
    checks = [str(row[0]) for row in connection.execute(_CHECKS, (table.name,)).fetchall()]
    found: dict[str, list[sql.Composable]] = {}
    for column in columns:
        if column.name == table.key:
            found[column.name] = [sql.Literal(str(victim))]
        elif column.needed and column.name in references:
            # The other table may be empty, and no reference is checked here.
            own = _reference(*references[column.name])
            found[column.name] = [own, *_invented(column, checks)]
        elif column.needed:
            found[column.name] = list(_invented(column, checks))
    return found


def _reference(table: str, column: str) -> sql.Composable:
    return sql.SQL("(select {} from {} limit 1)").format(
        sql.Identifier(column), sql.Identifier(table)
    )


def _invented(column: Column, checks: list[str]) -> Iterator[sql.Composable]:
    about = [check for check in checks if re.search(rf"\b{column.name}\b", check)]
    if column.type == "text":
        words = [word for check in about for word in re.findall(r"'([^'\\]*)'::text", check)]
        for word in dict.fromkeys([*words, *(_COMMON_WORDS if about else ("planted",))]):
            yield sql.Literal(word)
    elif column.type.endswith("[]"):
        yield sql.SQL("array[500]")
    elif column.type in _VALUES:
        yield _VALUES[column.type]
    else:
        yield from (sql.SQL("500"), sql.SQL("0"))[: 2 if about else 1]


def plant_secrets(connection: Connection, tables: list[Table], victim: UUID) -> dict[str, str]:
    """Write a word that nobody else could know into every private text of the victim.

    Returns:
        Each secret and where it lies. What a vendor knows too stays and counts as it is.
    """
    found: dict[str, str] = {}
    with _past_triggers(connection):
        for table in tables:
            texts = {
                str(name)
                for name, type_, _, generated in connection.execute(
                    _COLUMNS, (table.name,)
                ).fetchall()
                if type_ == "text" and not generated
            }
            for column in sorted(texts & set(table.private)):
                place = f"{table.name}.{column}"
                if column in VENDORS_WORDS | HASHES:
                    found |= dict.fromkeys(_kept(connection, table, column, victim), place)
                elif column not in STEERING:
                    found |= dict.fromkeys(_secret(connection, table, column, victim), place)
    return found


def _secret(connection: Connection, table: Table, column: str, victim: UUID) -> Iterator[str]:
    word = f"canary-{secrets.token_hex(6)}"
    # What must be unique differs by its row.
    statement = sql.SQL("update {t} set {c} = {word} || left(md5(ctid::text), 4) where {k} = {v}")
    if _done(
        connection,
        statement.format(
            t=table.identifier,
            c=sql.Identifier(column),
            word=sql.Literal(word),
            k=sql.Identifier(table.key),
            v=sql.Literal(str(victim)),
        ),
    ):
        yield word


def _kept(connection: Connection, table: Table, column: str, victim: UUID) -> Iterator[str]:
    statement = sql.SQL(
        "select distinct {c} from {t} where {k} = %s and length({c}) > 11 limit 200"
    ).format(c=sql.Identifier(column), t=table.identifier, k=sql.Identifier(table.key))
    for row in connection.execute(statement, (victim,)).fetchall():
        yield str(row[0])


def _done(connection: Connection, statement: sql.Composed) -> bool:
    """Whether a change was made; what a constraint refuses is undone alone."""
    with suppress(psycopg.Error), connection.transaction():
        return connection.execute(statement).rowcount > 0
    return False


@contextmanager
def _past_triggers(connection: Connection) -> Generator[None]:
    """Within it this connection fires no trigger and checks no foreign key."""
    connection.execute("set session_replication_role = replica")
    try:
        yield
    finally:
        connection.execute("set session_replication_role = origin")
