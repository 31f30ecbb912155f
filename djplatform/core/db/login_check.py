"""Whether a login could see past the policies. The web process must not be able to."""

from dataclasses import dataclass

import psycopg

_QUERY = """
with takes as (
  select r.oid, r.rolname, r.rolsuper, r.rolbypassrls, r.rolcreaterole from pg_roles r
  where pg_has_role(current_user, r.oid, 'member')
)
select
  array(select rolname::text from takes where rolsuper order by 1),
  array(select rolname::text from takes where rolbypassrls and not rolsuper order by 1),
  array(select rolname::text from takes where rolcreaterole and not rolsuper order by 1),
  array(
    select distinct t.rolname::text from pg_class c
    join pg_namespace n on n.oid = c.relnamespace join takes t on t.oid = c.relowner
    where c.relkind in ('r', 'p') and c.relrowsecurity and n.nspname = 'public' order by 1
  ),
  array(select rolname::text from takes where rolname = any(%s) order by 1)
"""


@dataclass(frozen=True)
class Bypass:
    """One way past the policies that a login has."""

    role: str
    why: str

    def __str__(self) -> str:
        """Read as a part of a sentence."""
        return f"{self.role} {self.why}"


def ways_past_policies(url: str, *, forbidden: tuple[str, ...] = ()) -> list[Bypass]:
    """List how the login of this URL could pass the policies, through any role it may take.

    `forbidden` are roles that it must not be able to take, such as the worker's.
    Raises psycopg.OperationalError when the database does not let it in.
    """
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(_QUERY, [list(forbidden)]).fetchone()
    assert row is not None
    reasons = (
        "is a superuser",
        "may bypass row security",
        "may give itself other roles",
        "owns tables",
        "is a role it must not take",
    )
    return [Bypass(role, why) for roles, why in zip(row, reasons, strict=True) for role in roles]
