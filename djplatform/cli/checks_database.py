"""What `doctor` looks at in the database. It reads and changes nothing."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from djplatform.cli.checks_money import money
from djplatform.cli.findings import Finding, off, ok, problem
from djplatform.cli.preparation import WORKERS_ROLE
from djplatform.core.db.login_check import ways_past_policies
from djplatform.core.db.roles import GROUPS, LOGINS, OWNER

MINIMUM_VERSION = 15
INBOX_MINUTES = 5
OWN_TABLES = ("alembic_version",)
"""Tables of tools that hold nobody's data."""

Connection = psycopg.Connection[DictRow]

_POLICIES = """
select c.relname as table, c.relrowsecurity as protected, c.relforcerowsecurity as forced,
  coalesce((
    select json_agg(
      json_build_object('name', p.policyname, 'command', lower(p.cmd), 'roles', p.roles)
      order by p.policyname)
    from pg_policies p where p.schemaname = 'public' and p.tablename = c.relname
  ), '[]') as policies
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname <> all(%s)
order by 1
"""


def database(owner_url: str, web_url: str) -> Iterator[Finding]:
    """Look at everything that the database must be; `owner_url` may see all of it."""
    try:
        connection = _connect(owner_url)
    except psycopg.OperationalError as error:
        mend = "Start PostgreSQL, or correct DATABASE_URL."
        yield problem("database", str(error).strip(), mend)
        return
    with connection:
        yield _version(connection)
        yield _revision(connection)
        yield _roles(connection)
        yield _protection(connection)
        yield _inbox(connection)
        yield from money(connection)
    yield _web_login(web_url)


def policy_table(owner_url: str) -> list[dict[str, Any]]:
    """Read every table with its policies from the catalog."""
    with _connect(owner_url) as connection:
        return connection.execute(_POLICIES, [list(OWN_TABLES)]).fetchall()


def _connect(url: str) -> Connection:
    return psycopg.Connection[DictRow].connect(
        url, autocommit=True, connect_timeout=10, row_factory=dict_row
    )


def _version(connection: Connection) -> Finding:
    number = connection.info.server_version
    detail = f"PostgreSQL {number // 10000}.{number % 10000}"
    if number // 10000 >= MINIMUM_VERSION:
        return ok("database", detail)
    return problem("database", detail, f"PostgreSQL {MINIMUM_VERSION} or later is needed.")


def _revision(connection: Connection) -> Finding:
    from alembic.script import ScriptDirectory

    from djplatform.core.db.bootstrap import alembic_config

    heads = set(ScriptDirectory.from_config(alembic_config("")).get_heads())
    known = connection.execute("select to_regclass('public.alembic_version') as found").fetchone()
    now: set[str] = set()
    if known and known["found"]:
        rows = connection.execute("select version_num from alembic_version").fetchall()
        now = {str(row["version_num"]) for row in rows}
    detail = f"at {', '.join(sorted(now)) or 'nothing'}"
    if now == heads:
        return ok("migrations", detail)
    wanted = ", ".join(sorted(heads))
    return problem("migrations", f"{detail}, the code wants {wanted}", "Run `djplatform migrate`.")


def _roles(connection: Connection) -> Finding:
    rows = connection.execute(
        "select rolname, rolinherit, rolsuper, rolbypassrls from pg_roles where rolname like 'djp%'"
    ).fetchall()
    found = {str(row["rolname"]): row for row in rows}
    wrong = [f"{name} is missing" for name in _needed() if name not in found]
    wrong += [f"{name} must not inherit" for name in _inheriting(found)]
    wrong += [
        f"{name} may bypass policies"
        for name, row in found.items()
        if row["rolsuper"] or row["rolbypassrls"]
    ]
    if wrong:
        mend = "Run `djplatform migrate`; where the owner may create no roles it prints the SQL."
        return problem("roles", "; ".join(wrong), mend)
    return ok("roles", f"{len(_needed())} logins and groups")


def _needed() -> list[str]:
    return [*(login.name for login in LOGINS), *GROUPS]


def _inheriting(found: dict[str, DictRow]) -> list[str]:
    names = (login.name for login in LOGINS)
    return [name for name in names if name in found and found[name]["rolinherit"]]


def _protection(connection: Connection) -> Finding:
    rows = connection.execute(_POLICIES, [list(OWN_TABLES)]).fetchall()
    open_ = [
        str(row["table"])
        for row in rows
        if not (row["protected"] and row["forced"] and row["policies"])
    ]
    if open_:
        mend = "Protect them with alembic/rls.py in a new revision."
        return problem("policies", f"without row security: {', '.join(open_)}", mend)
    return ok("policies", f"{len(rows)} tables, each with row security that its owner obeys too")


def _inbox(connection: Connection) -> Finding:
    known = connection.execute("select to_regclass('public.inbox') as found").fetchone()
    if not known or not known["found"]:
        return off("inbox", "not there yet", "Run `djplatform migrate`.")
    row = connection.execute(
        "select count(*) as late, min(received_at) as since from inbox where handled_at is null "
        "and received_at < now() - make_interval(mins => %s)",
        [INBOX_MINUTES],
    ).fetchone()
    assert row is not None
    if row["late"]:
        detail = f"{row['late']} events wait for more than {INBOX_MINUTES} minutes"
        mend = (
            "See worker.log in the logs of the data directory, and that a worker runs; then "
            "`djplatform resend-event` lists them and has them handled again."
        )
        return problem("inbox", f"{detail}, the first since {row['since']:%Y-%m-%d %H:%M}", mend)
    return ok("inbox", "every event is handled")


def _web_login(url: str) -> Finding:
    try:
        ways = ways_past_policies(url, forbidden=(WORKERS_ROLE, OWNER))
    except psycopg.OperationalError as error:
        mend = "Run `djplatform migrate`, or correct DATABASE_WEB_URL."
        return problem("web login", str(error).strip(), mend)
    if ways:
        detail = "; ".join(str(way) for way in ways)
        return problem("web login", detail, "Give the web process a plain login of its own.")
    return ok("web login", "held by the policies")
