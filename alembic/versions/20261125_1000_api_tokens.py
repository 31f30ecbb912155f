"""Accounts: API tokens, by which a program works for a person in one organization."""

from alembic import op

from rls import identity_table

revision = "20261125_1000"
down_revision = "20261122_0920"
branch_labels = None
depends_on = None

API_TOKENS = """
create table api_tokens (
  id uuid not null,
  user_id uuid not null,
  organization_id uuid not null,
  name text not null,
  role text not null,
  ending text not null,
  token_hash text not null,
  previous_hash text,
  previous_until timestamptz,
  created_at timestamptz not null,
  rotated_at timestamptz not null,
  expires_at timestamptz not null,
  seen_at timestamptz,
  revoked_at timestamptz,
  constraint pk_api_tokens primary key (id),
  constraint uq_api_tokens_token_hash unique (token_hash),
  constraint uq_api_tokens_previous_hash unique (previous_hash),
  constraint fk_api_tokens_user_id_users
    foreign key (user_id) references users (id) on delete cascade,
  constraint fk_api_tokens_organization_id_organizations
    foreign key (organization_id) references organizations (id) on delete cascade,
  constraint ck_api_tokens_role check (role in ('admin', 'member', 'viewer'))
)"""


def upgrade() -> None:
    op.execute(API_TOKENS)
    op.execute("create index ix_api_tokens_user_id on api_tokens (user_id)")
    op.execute("create index ix_api_tokens_organization_id on api_tokens (organization_id)")
    identity_table("api_tokens")


def downgrade() -> None:
    op.execute("drop table api_tokens")
