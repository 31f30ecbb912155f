"""Profiles: how a DJ is shown to everybody. Every organization has one from its first moment."""

from alembic import op

from rls import GUEST, function, grant, policy, public_reads, tenant_table

revision = "20261121_1400"
down_revision = "20261121_1240"
branch_labels = None
depends_on = None

PROFILES = """
create table dj_profiles (
  organization_id uuid not null,
  id uuid not null,
  stage_name text not null,
  bio text not null default '',
  home_town text not null default '',
  photo text not null default 'brand',
  published boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint pk_dj_profiles primary key (organization_id, id),
  constraint uq_dj_profiles_organization_id unique (organization_id),
  constraint fk_dj_profiles_organization_id_organizations
    foreign key (organization_id) references organizations (id) on delete cascade,
  constraint ck_dj_profiles_stage_name check (char_length(stage_name) between 1 and 80),
  constraint ck_dj_profiles_bio check (char_length(bio) <= 600),
  constraint ck_dj_profiles_home_town check (char_length(home_town) <= 80),
  constraint ck_dj_profiles_photo
    check (photo in ('brand', 'tipjar', 'djdash', 'm10dj', 'neutral'))
)"""

# A profile that the public cannot see must mean "not published", never "not made yet": so it is
# made with its organization, whoever founds one.
MAKE = """
create function app.make_profile() returns trigger language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into public.dj_profiles (organization_id, id, stage_name, created_at, updated_at)
  values (new.id, gen_random_uuid(),
          coalesce(nullif(btrim(left(new.name, 80)), ''), new.slug), new.created_at, new.created_at)
  on conflict do nothing;
  return null;
end $$"""

PUBLIC_COLUMNS = [
    "organization_id", "stage_name", "bio", "home_town", "photo", "published", "updated_at",
]  # fmt: skip


def upgrade() -> None:
    op.execute(PROFILES)
    tenant_table("dj_profiles")
    public_reads("dj_profiles", PUBLIC_COLUMNS, "published")
    # The checkout names the DJ, in the scope of the fan who pays.
    policy(
        "dj_profiles",
        "guest_read",
        "select",
        GUEST,
        using="organization_id = (select app.guest_organization()) and published",
    )
    grant("dj_profiles", GUEST, "select", PUBLIC_COLUMNS)
    function(MAKE)
    op.execute(
        "create trigger make_profile after insert on organizations for each row "
        "when (new.kind = 'tenant') execute function app.make_profile()"
    )
    op.execute(
        "insert into dj_profiles (organization_id, id, stage_name, created_at, updated_at) "
        "select id, gen_random_uuid(), coalesce(nullif(btrim(left(name, 80)), ''), slug), "
        "created_at, created_at from organizations where kind = 'tenant'"
    )


def downgrade() -> None:
    op.execute("drop trigger make_profile on organizations")
    op.execute("drop function app.make_profile()")
    op.execute("drop table dj_profiles")
