"""Kernel: signed scopes, people, organizations, audit, the job queue."""

from alembic import op
from procrastinate.schema import SchemaManager

from rls import (
    IDENTITY,
    MEMBER,
    PLATFORM,
    SYSTEM,
    function,
    grant,
    guest_reads,
    identity_table,
    policy,
    public_reads,
    tenant_table,
)

revision = "20261121_1200"
down_revision = None
branch_labels = None
depends_on = None

GROUPS = "djp_member, djp_guest, djp_public, djp_identity, djp_system, djp_platform_reader"
PLATFORM_ORGANIZATION = "00000000-0000-7000-8000-000000000001"

SCOPE = """
create function app.scope() returns text[] language plpgsql stable parallel safe
security definer set search_path = pg_catalog, pg_temp as $$
declare
  value text := nullif(current_setting('app.scope', true), '');
  body text := split_part(value, '~', 1);
  part text[] := string_to_array(body, '.');
  secret bytea;
begin
  -- body: kind.user.organization.device.key_id.expires
  if value is null then return null; end if;
  if cardinality(part) <> 6 then
    raise exception 'bad scope' using errcode = '42501';
  end if;
  select key into secret from app.scope_keys where id = part[5]::int;
  if secret is null
     or encode(sha256(secret || sha256(secret || convert_to(body, 'UTF8'))), 'hex')
        <> split_part(value, '~', 2)
     or part[6]::bigint < extract(epoch from clock_timestamp()) then
    raise exception 'bad scope' using errcode = '42501';
  end if;
  return part;
end $$"""

ORGANIZATION = """
create function app.organization(writing boolean) returns uuid language plpgsql stable
parallel safe security definer set search_path = pg_catalog, pg_temp as $$
declare part text[] := app.scope();
begin
  if part is null or part[1] <> 'member' then return null; end if;
  return (
    select m.organization_id
    from public.memberships m
    join public.users u on u.id = m.user_id and u.suspended_at is null
    where m.user_id = part[2]::uuid and m.organization_id = part[3]::uuid
      and (not writing or m.role <> 'viewer')
  );
end $$"""

SYSTEM_ORGANIZATION = """
create function app.system_organization() returns uuid language plpgsql stable parallel safe
security definer set search_path = pg_catalog, pg_temp as $$
declare part text[] := app.scope();
begin
  if part is null or part[1] <> 'system' then return null; end if;
  return part[3]::uuid;
end $$"""

GUEST_ORGANIZATION = """
create function app.guest_organization() returns uuid language plpgsql stable parallel safe
security definer set search_path = pg_catalog, pg_temp as $$
declare part text[] := app.scope();
begin
  if part is null or part[1] <> 'guest' then return null; end if;
  return part[3]::uuid;
end $$"""

DEVICE = """
create function app.device() returns uuid language sql stable parallel safe
security definer set search_path = pg_catalog, pg_temp as
$$ select nullif((app.scope())[4], '')::uuid $$"""

SUBJECT = """
create function app.subject() returns uuid language sql stable parallel safe
security definer set search_path = pg_catalog, pg_temp as
$$ select nullif((app.scope())[2], '')::uuid $$"""

PLATFORM_ADMIN = """
create function app.is_platform_admin() returns boolean language sql stable parallel safe
security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce((app.scope())[1] = 'platform', false) and exists (
    select from public.platform_roles r
    where r.user_id = app.subject() and r.role = 'platform_admin'
  )
$$"""

AUDIT = """
create function app.audit(
  action text, subject_kind text, subject_id text, old_value jsonb, new_value jsonb
) returns void language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
declare part text[] := app.scope();
begin
  -- Who and for which organization come from the signed scope, never from the caller.
  insert into public.audit_log
    (organization_id, id, at, actor_kind, actor_user_id, action, subject_kind, subject_id,
     old_value, new_value)
  values (
    coalesce(nullif(part[3], '')::uuid, '00000000-0000-7000-8000-000000000001'),
    gen_random_uuid(), clock_timestamp(), part[1], nullif(part[2], '')::uuid,
    action, subject_kind, subject_id, old_value, new_value
  );
end $$"""

AUDIT_PLATFORM = """
create function app.audit_platform_access(reason text) returns void language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not app.is_platform_admin() then
    raise exception 'not a platform admin' using errcode = '42501';
  end if;
  if coalesce(reason, '') = '' then
    raise exception 'platform access needs a reason' using errcode = '22023';
  end if;
  perform app.audit('platform.access', 'platform', 'all', null,
                    jsonb_build_object('reason', reason));
end $$"""

REFUSE_CHANGE = """
create function app.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, tg_op
    using errcode = '55000';
end $$"""


def upgrade() -> None:
    op.execute("create schema app")
    op.execute("revoke create on schema public from public")
    op.execute(f"grant usage on schema app to {GROUPS}")
    op.execute("create table app.scope_keys (id int primary key, key bytea not null)")
    _people()
    _organizations()
    function(SCOPE)
    function(DEVICE, ["djp_guest", "djp_public"])
    function(SUBJECT, ["djp_member", "djp_guest", "djp_public", "djp_identity"])
    _memberships()
    function(ORGANIZATION, [MEMBER])
    function(SYSTEM_ORGANIZATION, [SYSTEM])
    function(GUEST_ORGANIZATION, ["djp_guest"])
    function(PLATFORM_ADMIN, [PLATFORM])
    _policies()
    _audit()
    _queue()


def _people() -> None:
    op.execute(
        """
        create table users (
          id uuid not null,
          email text not null,
          display_name text not null,
          product_context text,
          locale text not null default 'en',
          email_verified_at timestamptz,
          suspended_at timestamptz,
          created_at timestamptz not null,
          constraint pk_users primary key (id),
          constraint uq_users_email unique (email),
          constraint ck_users_email_lower check (email = lower(email)),
          constraint ck_users_product_context
            check (product_context in ('tipjar', 'djdash', 'm10dj'))
        )"""
    )
    op.execute(
        """
        create table platform_roles (
          user_id uuid not null,
          role text not null,
          granted_at timestamptz not null,
          granted_by text not null,
          constraint pk_platform_roles primary key (user_id, role),
          constraint fk_platform_roles_user_id_users
            foreign key (user_id) references users (id) on delete cascade,
          constraint ck_platform_roles_role check (role in ('platform_admin'))
        )"""
    )


def _organizations() -> None:
    op.execute(
        """
        create table organizations (
          id uuid not null,
          slug text not null,
          name text not null,
          kind text not null default 'tenant',
          product_context text,
          country text,
          currency text,
          created_at timestamptz not null,
          constraint pk_organizations primary key (id),
          constraint uq_organizations_slug unique (slug),
          constraint ck_organizations_kind check (kind in ('tenant', 'platform')),
          constraint ck_organizations_slug check (slug ~ '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$'),
          constraint ck_organizations_product_context
            check (product_context in ('tipjar', 'djdash', 'm10dj')),
          constraint ck_organizations_country check (country ~ '^[A-Z]{2}$'),
          constraint ck_organizations_currency check (currency ~ '^[A-Z]{3}$')
        )"""
    )
    op.execute(
        "insert into organizations (id, slug, name, kind, created_at) values "
        f"('{PLATFORM_ORGANIZATION}', 'platform', 'Platform', 'platform', now())"
    )


def _memberships() -> None:
    op.execute(
        """
        create table memberships (
          organization_id uuid not null,
          user_id uuid not null,
          role text not null,
          created_at timestamptz not null,
          constraint pk_memberships primary key (organization_id, user_id),
          constraint fk_memberships_organization_id_organizations
            foreign key (organization_id) references organizations (id) on delete cascade,
          constraint fk_memberships_user_id_users
            foreign key (user_id) references users (id) on delete cascade,
          constraint ck_memberships_role check (role in ('owner', 'admin', 'member', 'viewer'))
        )"""
    )
    op.execute("create index ix_memberships_user_id on memberships (user_id)")


def _policies() -> None:
    identity_table("users")
    policy(
        "users",
        "colleague_read",
        "select",
        MEMBER,
        using="id in (select m.user_id from memberships m "
        "where m.organization_id = (select app.organization(false)))",
    )
    grant("users", MEMBER, "select", ["id", "display_name"])
    policy("users", "platform_read", "select", PLATFORM, using="(select app.is_platform_admin())")
    grant("users", PLATFORM, "select")

    identity_table("platform_roles", commands="select")

    # Roles change through a definer function that checks the owner; nobody writes them directly.
    tenant_table("memberships", member_writes=False, system_writes=False)
    policy("memberships", "identity_read", "select", IDENTITY, using="true")
    grant("memberships", IDENTITY, "select")

    tenant_table("organizations", key="id", member_writes=False, system_writes=False)
    policy(
        "organizations",
        "member_update",
        "update",
        MEMBER,
        using="id = (select app.organization(true))",
        check="id = (select app.organization(true))",
    )
    grant("organizations", MEMBER, "update", ["name", "slug"])
    shown = ["id", "slug", "name", "kind", "product_context", "country", "currency"]
    public_reads("organizations", shown, "kind = 'tenant'")
    guest_reads("organizations", shown, key="id")
    policy("organizations", "identity_read", "select", IDENTITY, using="true")
    grant("organizations", IDENTITY, "select")


def _audit() -> None:
    op.execute(
        """
        create table audit_log (
          organization_id uuid not null,
          id uuid not null,
          at timestamptz not null,
          actor_kind text,
          actor_user_id uuid,
          action text not null,
          subject_kind text not null,
          subject_id text not null,
          old_value jsonb,
          new_value jsonb,
          constraint pk_audit_log primary key (organization_id, id),
          constraint fk_audit_log_organization_id_organizations
            foreign key (organization_id) references organizations (id)
        )"""
    )
    op.execute("create index ix_audit_log_organization_id_at on audit_log (organization_id, at)")
    tenant_table("audit_log", member_writes=False, system_writes=False)
    function(AUDIT, [MEMBER, "djp_guest", IDENTITY, SYSTEM, PLATFORM])
    function(AUDIT_PLATFORM, [PLATFORM])
    function(REFUSE_CHANGE)
    op.execute(
        "create trigger append_only before update or delete or truncate on audit_log "
        "for each statement execute function app.refuse_change()"
    )


def _queue() -> None:
    """Procrastinate in a schema of its own; the web role can add a job, not read or cancel one."""
    op.execute("create schema procrastinate")
    op.execute("set local search_path = procrastinate")
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute("set local search_path = public")
    op.execute(f"grant usage on schema procrastinate to {GROUPS}, djp_worker")
    op.execute("revoke execute on all functions in schema procrastinate from public")
    op.execute(
        "alter function procrastinate.procrastinate_defer_jobs_v1 security definer "
        "set search_path = procrastinate, pg_temp"
    )
    op.execute(
        "grant execute on function procrastinate.procrastinate_defer_jobs_v1 "
        f"to {GROUPS}, djp_worker"
    )
    op.execute("grant execute on all functions in schema procrastinate to djp_worker")
    op.execute(
        "grant select, insert, update, delete on all tables in schema procrastinate to djp_worker"
    )
    op.execute("grant usage on all sequences in schema procrastinate to djp_worker")
    op.execute("grant usage on schema public to djp_worker")


def downgrade() -> None:
    op.execute("drop schema procrastinate cascade")
    op.execute("drop policy colleague_read on users")
    for table in ("audit_log", "memberships", "platform_roles"):
        op.execute(f"drop table {table}")
    for table in ("organizations", "users"):
        op.execute(f"drop table {table} cascade")
    op.execute("drop schema app cascade")
