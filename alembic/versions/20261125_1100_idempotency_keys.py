"""Kernel: idempotency keys, so that what a browser sends again acts once."""

from alembic import op

from rls import MEMBER, PLATFORM, SYSTEM, function, grant, policy, protect

revision = "20261125_1100"
down_revision = "20261125_1000"
branch_labels = None
depends_on = None

KEYS = """
create table idempotency_keys (
  organization_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  request_hash text not null,
  answer jsonb,
  created_at timestamptz not null,
  constraint pk_idempotency_keys primary key (organization_id, id),
  constraint fk_idempotency_keys_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint fk_idempotency_keys_user_id_users
    foreign key (user_id) references users (id) on delete cascade
)"""

DELETE_OLD = """
create function app.delete_idempotency_keys(before timestamptz, at_most integer) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with old as (
    delete from public.idempotency_keys k using (
      select organization_id, id from public.idempotency_keys where created_at < before
      limit at_most
    ) o where k.organization_id = o.organization_id and k.id = o.id returning 1
  ) select count(*) from old
$$"""

# An answer may hold what a colleague of a lower role may not see: a key is its sender's alone.
OWN = "organization_id = (select app.organization(true)) and user_id = (select app.subject())"


def upgrade() -> None:
    op.execute(KEYS)
    op.execute("create index ix_idempotency_keys_user_id on idempotency_keys (user_id)")
    protect("idempotency_keys")
    policy("idempotency_keys", "own_read", "select", MEMBER, using=OWN)
    policy("idempotency_keys", "own_insert", "insert", MEMBER, check=OWN)
    policy("idempotency_keys", "own_update", "update", MEMBER, using=OWN, check=OWN)
    grant("idempotency_keys", MEMBER, "select, insert")
    grant("idempotency_keys", MEMBER, "update", ["answer"])
    policy(
        "idempotency_keys",
        "platform_read",
        "select",
        PLATFORM,
        using="(select app.is_platform_admin())",
    )
    grant("idempotency_keys", PLATFORM, "select")
    function(DELETE_OLD, [SYSTEM])


def downgrade() -> None:
    op.execute("drop function app.delete_idempotency_keys(timestamptz, integer)")
    op.execute("drop table idempotency_keys")
