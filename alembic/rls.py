"""Row-level security as helpers for revisions: every table says here who may do what.

Two rules carry it. Each policy names the role it is for, so that no policy needs an OR (an OR
kept PostgreSQL from using the tenant's index). And each asks a definer function inside a scalar
sub-select, which runs once a statement.
"""

from collections.abc import Sequence

from alembic import op

MEMBER, GUEST, PUBLIC = "djp_member", "djp_guest", "djp_public"
IDENTITY, SYSTEM, PLATFORM = "djp_identity", "djp_system", "djp_platform_reader"

_READ = "(select app.organization(false))"
_WRITE = "(select app.organization(true))"
_SYSTEM = "(select app.system_organization())"
_GUEST = "(select app.guest_organization())"
_DEVICE = "(select app.device())"


def protect(table: str) -> None:
    """Turn row security on, for the owner too, and let only the owner's functions through.

    Without the `kernel` policy FORCE would make back-fills change nothing in silence.
    """
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    policy(table, "kernel", "all", "current_role", using="true", check="true")


def policy(
    table: str, name: str, command: str, role: str, *, using: str = "", check: str = ""
) -> None:
    """One policy for one role and one command."""
    clauses = (f" using ({using})" if using else "") + (f" with check ({check})" if check else "")
    op.execute(f"create policy {name} on {table} for {command} to {role}{clauses}")


def grant(table: str, role: str, command: str, columns: Sequence[str] = ()) -> None:
    """Grant a command, on some columns when they are given."""
    only = f" ({', '.join(columns)})" if columns else ""
    op.execute(f"grant {command}{only} on {table} to {role}")


def tenant_table(
    table: str,
    *,
    key: str = "organization_id",
    member_writes: bool = True,
    member_columns: Sequence[str] = (),
    system_writes: bool = True,
) -> None:
    """Policies and grants of a table whose rows belong to one organization.

    Args:
        table: its name.
        key: the column with the organization's id.
        member_writes: False for money, connected accounts, fee plans, journal and audit: a
            page records an intent there, and only `system` moves it on.
        member_columns: the only columns that a member may read, when not all.
        system_writes: False when only a definer function writes.
    """
    protect(table)
    policy(table, "member_read", "select", MEMBER, using=f"{key} = {_READ}")
    grant(table, MEMBER, "select", member_columns)
    if member_writes:
        _writes(table, key, MEMBER, "member", _WRITE)
    policy(table, "system_read", "select", SYSTEM, using=f"{key} = {_SYSTEM}")
    grant(table, SYSTEM, "select")
    if system_writes:
        _writes(table, key, SYSTEM, "system", _SYSTEM)
    policy(table, "platform_read", "select", PLATFORM, using="(select app.is_platform_admin())")
    grant(table, PLATFORM, "select")


def _writes(table: str, key: str, role: str, prefix: str, organization: str) -> None:
    same = f"{key} = {organization}"
    policy(table, f"{prefix}_insert", "insert", role, check=same)
    policy(table, f"{prefix}_update", "update", role, using=same, check=same)
    policy(table, f"{prefix}_delete", "delete", role, using=same)
    grant(table, role, "insert, update, delete")


def guest_table(
    table: str,
    *,
    insert: Sequence[str],
    read: Sequence[str],
    update: Sequence[str] = (),
    device: str = "device_id",
    created: str = "status = 'created'",
) -> None:
    """What a person without an account may do: add rows in state `created`, see and amend own.

    Own means this organization and this device, both from the signed scope. Everything later
    is the worker's.
    """
    own = f"organization_id = {_GUEST} and {device} = {_DEVICE}"
    policy(table, "guest_insert", "insert", GUEST, check=f"{own} and {created}")
    grant(table, GUEST, "insert", insert)
    policy(table, "guest_read", "select", GUEST, using=own)
    grant(table, GUEST, "select", read)
    if update:
        policy(table, "guest_update", "update", GUEST, using=f"{own} and {created}", check=own)
        grant(table, GUEST, "update", update)


def guest_reads(table: str, columns: Sequence[str], key: str = "organization_id") -> None:
    """Columns of the addressed organization's rows that a guest's page needs."""
    policy(table, "guest_read", "select", GUEST, using=f"{key} = {_GUEST}")
    grant(table, GUEST, "select", columns)


def public_reads(table: str, columns: Sequence[str], using: str) -> None:
    """Published rows for everybody, on the granted columns only."""
    policy(table, "public_read", "select", PUBLIC, using=using)
    grant(table, PUBLIC, "select", columns)


def identity_table(table: str, commands: str = "select, insert, update, delete") -> None:
    """Accounts, sessions, tokens: for sign-up and log-in only, whatever the organization."""
    protect(table)
    policy(table, "identity_all", "all", IDENTITY, using="true", check="true")
    grant(table, IDENTITY, commands)


def function(source: str, roles: Sequence[str] = ()) -> None:
    """Create a function and let only the given roles call it."""
    op.execute(source)
    signature = source.split("function", 1)[1].split("returns", 1)[0].strip()
    op.execute(f"revoke all on function {_types(signature)} from public")
    for role in roles:
        op.execute(f"grant execute on function {_types(signature)} to {role}")


def _types(signature: str) -> str:
    name, _, rest = signature.partition("(")
    arguments = rest.rsplit(")", 1)[0]
    types = [
        part.strip().split(" ", 1)[1].split(" default ")[0]
        for part in arguments.split(",")
        if part.strip()
    ]
    return f"{name.strip()}({', '.join(types)})"
