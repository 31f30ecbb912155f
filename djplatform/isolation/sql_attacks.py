"""The attack through SQL: what a statement smuggled into the web process could try.

Every attack runs through the web process's own login, commits what it can, and is judged twice:
by what it read, and by whether the superuser finds any row of the victim changed.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from djplatform.core.db.scope import Scope, mac
from djplatform.isolation.catalog import Connection, Table, fingerprint, tenant_tables
from djplatform.isolation.leak import Leak


@dataclass(frozen=True, slots=True)
class Cast:
    """The two tenants and the people who attack. `victim` is organization A."""

    victim: UUID
    other: UUID
    owner: UUID
    viewer: UUID
    outsider: UUID
    key: bytes
    key_id: int = 1


@dataclass(frozen=True, slots=True)
class Attack:
    """One try: under a role and a signed (or forged, or missing) scope, one statement."""

    name: str
    role: str
    scope: str
    statement: sql.Composed
    parameters: tuple[object, ...] = ()
    allowed_rows: int = 0


def attack_tables(admin_url: str, web_url: str, cast: Cast) -> tuple[list[Table], int, list[Leak]]:
    """Attack every tenant table. Returns the tables, the number of attacks, and the leaks."""
    leaks: list[Leak] = []
    tried = 0
    with (
        psycopg.connect(admin_url, autocommit=True) as admin,
        psycopg.connect(web_url) as web,
    ):
        tables = tenant_tables(admin, cast.victim)
        for table in tables:
            before = fingerprint(admin, table, cast.victim)
            if before.startswith("0:"):
                leaks.append(Leak(table.name, "seed", "the victim has no row to attack"))
            for attack in attacks(table, cast):
                tried += 1
                leaks += _judge(admin, web, table, attack, cast, before)
    return tables, tried, leaks


def _judge(
    admin: Connection, web: Connection, table: Table, attack: Attack, cast: Cast, before: str
) -> Iterator[Leak]:
    seen = _run(web, attack)
    if seen > attack.allowed_rows:
        yield Leak(table.name, attack.name, f"{seen} rows")
    if fingerprint(admin, table, cast.victim) != before:
        yield Leak(table.name, attack.name, "rows of the victim changed")


def _run(web: Connection, attack: Attack) -> int:
    """How many rows the attack read or changed; a refusal counts as none."""
    try:
        if attack.role:
            web.execute(
                "select set_config('role', %s, true), set_config('app.scope', %s, true)",
                (attack.role, attack.scope),
            )
        cursor = web.execute(attack.statement, attack.parameters)
        seen = len(cursor.fetchall()) if cursor.description else cursor.rowcount
        web.commit()
    except psycopg.Error:
        web.rollback()
        return 0
    return seen


def attacks(table: Table, cast: Cast) -> Iterator[Attack]:
    """All attacks on one table."""
    outsider = Scope.member(cast.outsider, cast.other)
    claim = Scope.member(cast.outsider, cast.victim)
    viewer = Scope.member(cast.viewer, cast.victim)
    far_guest = Scope.guest(cast.other, uuid4())
    near_guest = Scope.guest(cast.victim, uuid4())
    yield from _read_and_write("outsider", outsider, table, cast)
    yield from _steal("outsider", outsider, table, cast)
    yield from _read_and_write("outsider who claims the victim", claim, table, cast)
    yield from _writes("viewer", viewer, table, cast)
    yield from _read_and_write("guest of another organization", far_guest, table, cast)
    yield from _writes("guest on another device", near_guest, table, cast)
    if table.has_device:
        yield Attack(
            "guest on another device: read",
            near_guest.role,
            _signed(near_guest, cast),
            _select(table, ("device_id",)),
            (cast.victim,),
        )
    yield from _anonymous(table, cast)
    yield from _forged(table, cast)
    yield from _without_scope(table, cast)
    yield from _escalations(table, cast)


def _signed(scope: Scope, cast: Cast) -> str:
    return scope.signed(cast.key, cast.key_id)


def _read_and_write(who: str, scope: Scope, table: Table, cast: Cast) -> Iterator[Attack]:
    read = _select(table, table.columns)
    yield Attack(f"{who}: read", scope.role, _signed(scope, cast), read, (cast.victim,))
    yield from _writes(who, scope, table, cast)


def _writes(who: str, scope: Scope, table: Table, cast: Cast) -> Iterator[Attack]:
    signed = _signed(scope, cast)
    for verb, statement in _statements(table).items():
        yield Attack(f"{who}: {verb}", scope.role, signed, statement, (cast.victim,))


def _steal(who: str, scope: Scope, table: Table, cast: Cast) -> Iterator[Attack]:
    statement = sql.SQL("update {table} set {key} = %s where {key} = %s").format(
        table=table.identifier, key=sql.Identifier(table.key)
    )
    signed = _signed(scope, cast)
    parameters = (cast.victim, cast.other)
    yield Attack(f"{who}: plant own rows", scope.role, signed, statement, parameters)
    swapped = (cast.other, cast.victim)
    yield Attack(f"{who}: take rows over", scope.role, signed, statement, swapped)


def _anonymous(table: Table, cast: Cast) -> Iterator[Attack]:
    scope = Scope.public()
    signed = _signed(scope, cast)
    for column in table.private:
        yield Attack(
            f"anonymous: private column {column}",
            scope.role,
            signed,
            _select(table, (column,)),
            (cast.victim,),
        )
    yield from _writes("anonymous", scope, table, cast)


def _forged(table: Table, cast: Cast) -> Iterator[Attack]:
    owner = Scope.member(cast.owner, cast.victim)
    body, _, seal = _signed(owner, cast).partition("~")
    stranger = _signed(Scope.member(cast.outsider, cast.other), cast).partition("~")[2]
    expired = ".".join([*body.split(".")[:-1], str(int(time.time()) - 5)])
    forgeries = {
        "forged user and organization, another's MAC": f"{body}~{stranger}",
        "forged user and organization, guessed MAC": f"{body}~{mac(b'guess', body)}",
        "forged kind": f"{body.replace('member', 'system', 1)}~{seal}",
        "expired scope": f"{expired}~{mac(cast.key, expired)}",
        "unknown key": replace(owner).signed(cast.key, 99),
    }
    for name, scope in forgeries.items():
        read = _select(table, table.columns)
        yield Attack(f"{name}: read", owner.role, scope, read, (cast.victim,))
        update = _statements(table)[f"update {table.key}"]
        yield Attack(f"{name}: update", owner.role, scope, update, (cast.victim,))


def _without_scope(table: Table, cast: Cast) -> Iterator[Attack]:
    read = _select(table, table.columns)
    yield Attack("no scope, own login: read", "", "", read, (cast.victim,))
    yield Attack("no scope, member role: read", "djp_member", "", read, (cast.victim,))
    for verb, statement in _statements(table).items():
        yield Attack(f"no scope: {verb}", "djp_member", "", statement, (cast.victim,))


def _escalations(table: Table, cast: Cast) -> Iterator[Attack]:
    system = _signed(Scope.system(cast.victim), cast)
    read = _select(table, table.columns)
    for role in ("djp_system", "djp_platform_reader", "djp_owner"):
        yield Attack(f"web login takes {role}", role, system, read, (cast.victim,))
    yield Attack("system scope in the member role", "djp_member", system, read, (cast.victim,))


def _select(table: Table, columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL("select {} from {} where {} = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        table.identifier,
        sql.Identifier(table.key),
    )


def _statements(table: Table) -> dict[str, sql.Composed]:
    """Writes that change no value, so that nothing but a policy or a grant can refuse them."""
    key = sql.Identifier(table.key)
    updates = {
        f"update {column}": sql.SQL("update {t} set {c} = {c} where {k} = %s").format(
            t=table.identifier, c=sql.Identifier(column), k=key
        )
        for column in table.columns
    }
    return {
        **updates,
        "delete": sql.SQL("delete from {} where {} = %s").format(table.identifier, key),
        "insert": _insert(table),
    }


def _insert(table: Table) -> sql.Composed:
    """A twin of a real row of the victim under a new id."""
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL(
        "insert into {t} ({c}) select {c} from jsonb_populate_record(null::{t}, {row}::jsonb)"
        " where %s::uuid is not null"
    ).format(t=table.identifier, c=columns, row=sql.Literal(table.twin))
