"""The logins and group roles of the product, and the SQL that makes them."""

from dataclasses import dataclass

GROUPS = (
    "djp_member",
    "djp_guest",
    "djp_public",
    "djp_identity",
    "djp_system",
    "djp_platform_reader",
)


@dataclass(frozen=True, slots=True)
class Login:
    """A login of one process and the group roles that it may take."""

    name: str
    may_take: tuple[str, ...]


LOGINS = (
    Login("djp_web", ("djp_member", "djp_guest", "djp_public", "djp_identity")),
    Login("djp_worker", ("djp_member", "djp_public", "djp_identity", "djp_system")),
    Login("djp_platform", ("djp_platform_reader",)),
    Login("djp_hub", ()),
    Login("djp_sandbox", ()),
)
"""Only the worker may take `djp_system`; the platform's admins have a login of their own."""

OWNER = "djp_owner"
DATABASE = "djplatform"
"""The database of the embedded server, which the owner owns."""


def statements(passwords: dict[str, str]) -> list[str]:
    """The SQL that creates what is missing and sets the logins' passwords; safe to repeat.

    NOINHERIT is the point of it: a login by itself may read nothing, so a transaction without
    a scope meets "permission denied" and not an empty page. Neither superuser nor bypassrls is
    named: new roles have none of it, and only a superuser may even say so, which the owner of a
    managed PostgreSQL is not.
    """
    out = [_create(group, "nologin") for group in GROUPS]
    for login in LOGINS:
        out.append(_create(login.name, "login noinherit"))
        out.append(
            f"alter role {login.name} login noinherit password {_literal(passwords[login.name])}"
        )
        out += [f"grant {group} to {login.name}" for group in login.may_take]
    return out


def owner_statements(password: str) -> list[str]:
    """The SQL that makes the owner of an embedded database: it migrates, and nothing more."""
    return [
        _create(OWNER, "login"),
        f"alter role {OWNER} login nosuperuser nobypassrls password {_literal(password)}",
    ]


def _create(name: str, options: str) -> str:
    return (
        "do $$ begin if not exists (select from pg_roles where rolname = "
        f"{_literal(name)}) then create role {name} {options}; end if; "
        # Two test databases of one cluster may be prepared at the same moment.
        "exception when duplicate_object or unique_violation then null; end $$"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
