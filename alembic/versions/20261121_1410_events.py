"""Events: the record of a night, from the first enquiry to the morning after."""

from alembic import op

from rls import GUEST, grant, policy, public_reads, tenant_table

revision = "20261121_1410"
down_revision = "20261121_1400"
branch_labels = None
depends_on = None

EVENTS = """
create table events (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  status text not null,
  visibility text not null,
  title text not null,
  venue text not null default '',
  time_zone text not null,
  starts_at timestamptz,
  ended_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint pk_events primary key (organization_id, id),
  constraint fk_events_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint ck_events_kind check (kind in ('booking', 'gig', 'show', 'stream')),
  constraint ck_events_status check (status in ('draft', 'live', 'ended', 'cancelled')),
  constraint ck_events_visibility check (visibility in ('public', 'private')),
  constraint ck_events_title check (char_length(title) between 1 and 120),
  constraint ck_events_venue check (char_length(venue) <= 120),
  constraint ck_events_live check (status in ('draft', 'cancelled') or starts_at is not null),
  constraint ck_events_ended check ((status = 'ended') = (ended_at is not null))
)"""

LIVE = "status = 'live' and visibility = 'public'"
SHOWN = ["organization_id", "id", "title", "venue", "status"]


def upgrade() -> None:
    op.execute(EVENTS)
    op.execute(
        "create index ix_events_organization_id_starts_at on events (organization_id, starts_at)"
    )
    # Tonight is one night: a second "Start tonight" at the same moment meets the first.
    op.execute(
        "create unique index uq_events_live on events (organization_id) where status = 'live'"
    )
    tenant_table("events")
    public_reads("events", SHOWN, LIVE)
    policy(
        "events",
        "guest_read",
        "select",
        GUEST,
        using=f"organization_id = (select app.guest_organization()) and {LIVE}",
    )
    grant("events", GUEST, "select", SHOWN)


def downgrade() -> None:
    op.execute("drop table events")
