"""Notices whatever an attack changed about the victim: rows, accounts, mails, jobs, vendor calls.

Looks as the superuser of a temporary cluster, past every policy. Each look is compared with the
one before, so it belongs after every single attack.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from djplatform.isolation.catalog import Connection, Table

JOBS = "jobs"
MAILS = "mails"
VENDOR = "vendor calls"
STRANGERS = "sessions of strangers"

_OF_PEOPLE = (
    ("users", "id"),
    ("credentials", "user_id"),
    ("sessions", "user_id"),
    ("tokens", "user_id"),
)

_NOTEBOOK = (
    "drop schema if exists isolation cascade",
    "create schema isolation",
    "create table isolation.jobs (id bigserial primary key, task text, args text)",
    # A job may be done and deleted before anybody looks, so each is noted as it appears.
    """
    create function isolation.note() returns trigger language plpgsql
    security definer set search_path = pg_catalog, pg_temp as $$
    begin
      insert into isolation.jobs (task, args) values (new.task_name, new.args::text);
      return new;
    end $$""",
    """
    create trigger isolation_note after insert on procrastinate.procrastinate_jobs
    for each row execute function isolation.note()""",
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from the look before, as the number of rows for each place."""

    lost: Mapping[str, int]
    """Rows that were changed or deleted."""
    gained: Mapping[str, int]

    def beyond(self, allowed: frozenset[str]) -> list[str]:
        """What must not have happened, in words; new rows in `allowed` places may."""
        changed = [f"{n} rows of {place} changed or gone" for place, n in self.lost.items()]
        # A changed row is lost in its old form and gained in its new one: said once.
        added = [
            f"{n} new rows in {place}"
            for place, n in self.gained.items()
            if place not in allowed and place not in self.lost
        ]
        return changed + added


@dataclass(frozen=True, slots=True)
class Watched:
    """Whose rows are looked at."""

    organization: UUID
    people: Sequence[UUID]
    """The victim's members, without those who attack."""
    addresses: Sequence[str]
    """Their e-mail addresses."""
    device: UUID | None
    """A fan's."""
    names: Sequence[str]
    """Ids by which others call the victim: its own rows' in channels and jobs, vendors' ids."""


class Watch:
    """Looks again and again."""

    def __init__(self, connection: Connection, tables: Sequence[Table], watched: Watched) -> None:
        """Begin; the connection is the superuser's, in autocommit."""
        self._connection = connection
        self._watched = watched
        for statement in _NOTEBOOK:
            connection.execute(sql.SQL(statement))
        present = {
            str(row[0])
            for row in connection.execute(
                "select c.oid::regclass::text from pg_class c where c.relkind in ('r', 'p')"
            )
        }
        self._stamps = _stamps(tables, present)
        parts = [*_tenant_rows(tables, watched), *_global_rows(present, watched)]
        self._query = sql.SQL(" union all ").join(parts)
        self._names = "|".join(name.replace("-", "-?") for name in watched.names) or "^$"
        self._stamp = self._now()
        self._seen = self._look()
        self._own = self._seen.copy()

    def changes(self) -> Changes:
        """What changed since the last call.

        Rows that strangers have added meanwhile are theirs: to change those is no loss.
        """
        stamp = self._now()
        if stamp == self._stamp:
            return Changes({}, {})
        now = self._look()
        lost, gained = (self._seen & self._own) - now, now - self._seen
        self._seen, self._stamp = now, stamp
        return Changes(_by_place(lost), _by_place(gained))

    def forgive(self) -> bool:
        """Take what is there now for the victim's own; whether it had changed."""
        changes = self.changes()
        if changes.lost or changes.gained:
            self.adopt()
            return True
        return False

    def adopt(self) -> None:
        """Take what was there at the last look for the victim's own."""
        self._own = self._seen.copy()

    def _now(self) -> list[tuple[object, ...]]:
        """Cheap: for each table how many rows there are, and which transaction wrote last."""
        return self._connection.execute(self._stamps).fetchall()

    def _look(self) -> Counter[tuple[str, str]]:
        rows = self._connection.execute(
            self._query,
            {
                "organization": self._watched.organization,
                "people": list(self._watched.people),
                "addresses": list(self._watched.addresses),
                "device": self._watched.device,
                "names": self._names,
            },
        )
        return Counter((str(place), str(mark)) for place, mark in rows.fetchall())


def _stamps(tables: Sequence[Table], present: set[str]) -> sql.Composed:
    names = {table.name for table in tables} | {name for name, _ in _OF_PEOPLE} | set(_OTHERS)
    # Transactions are numbered in order; a temporary cluster never comes to the end of them.
    query = sql.SQL("select {}, count(*), max(xmin::text::bigint) from {}")
    return sql.SQL(" union all ").join(
        query.format(sql.Literal(name), _name(name)) for name in sorted(names & present)
    )


def _name(table: str) -> sql.Composed:
    return sql.SQL(".").join(map(sql.Identifier, table.split(".")))


def _by_place(rows: Counter[tuple[str, str]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (place, _), number in rows.items():
        found[place] += number
    return dict(found)


def _tenant_rows(tables: Sequence[Table], watched: Watched) -> list[sql.Composable]:
    parts: list[sql.Composable] = []
    for table in tables:
        query = sql.SQL("select {}, md5(t::text) from {} t where {} = %(organization)s")
        key = sql.Identifier(table.key)
        parts.append(query.format(sql.Literal(table.name), table.identifier, key))
        if table.has_device and watched.device:
            # Apart, because a new row of somebody's own device may be allowed, but not of his.
            own = sql.SQL("select {}, md5(t::text) from {} t where device_id = %(device)s")
            place = sql.Literal(f"{table.name} of the fan")
            parts.append(own.format(place, table.identifier))
    return parts


def _global_rows(present: set[str], watched: Watched) -> list[sql.Composable]:
    people = sql.SQL("select {}, md5(t::text) from {} t where {} = any(%(people)s)")
    parts: list[sql.Composable] = [
        people.format(sql.Literal(name), sql.Identifier(name), sql.Identifier(column))
        for name, column in _OF_PEOPLE
        if name in present
    ]
    for table, (place, mark, condition) in _OTHERS.items():
        if table in present:
            query = sql.SQL("select {}, {} from {} t where {}")
            parts.append(query.format(sql.Literal(place), mark, _name(table), condition))
    return parts


_OTHERS = {
    "mails": (MAILS, sql.SQL("md5(id::text)"), sql.SQL("recipient = any(%(addresses)s)")),
    "realtime_events": (
        "realtime_events",
        sql.SQL("md5(t::text)"),
        sql.SQL("channel ~ %(names)s"),
    ),
    "sessions": (
        STRANGERS,
        sql.SQL("id::text"),
        sql.SQL(
            "organization_id = %(organization)s and user_id not in"
            " (select user_id from memberships where organization_id = %(organization)s)"
        ),
    ),
    "isolation.jobs": (JOBS, sql.SQL("id::text"), sql.SQL("args ~ %(names)s")),
    "sandbox.objects": (VENDOR, sql.SQL("md5(t::text)"), sql.SQL("body::text ~ %(names)s")),
}
