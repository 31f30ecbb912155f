"""The crowd: tips, and what a DJ takes and offers."""

from alembic import op

from rls import guest_reads, guest_table, tenant_table

revision = "20261121_1420"
down_revision = "20261121_1410"
branch_labels = None
depends_on = None

SETTINGS = """
create table tip_settings (
  organization_id uuid not null,
  id uuid not null,
  currency text not null,
  least_minor bigint not null,
  most_minor bigint not null,
  presets_minor bigint[] not null,
  updated_at timestamptz not null,
  constraint pk_tip_settings primary key (organization_id, id),
  constraint uq_tip_settings_organization_id unique (organization_id),
  constraint fk_tip_settings_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint ck_tip_settings_currency check (currency ~ '^[A-Z]{3}$'),
  constraint ck_tip_settings_limits check (least_minor > 0 and most_minor >= least_minor),
  constraint ck_tip_settings_presets check (cardinality(presets_minor) between 1 and 6)
)"""

TIPS = """
create table tips (
  organization_id uuid not null,
  id uuid not null,
  event_id uuid,
  payment_id uuid,
  device_id uuid not null,
  amount_minor bigint not null,
  covers_fee boolean not null default false,
  currency text not null,
  guest_name text not null default '',
  message text not null default '',
  status text not null default 'created',
  paid_minor bigint not null default 0,
  net_minor bigint not null default 0,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  paid_at timestamptz,
  constraint pk_tips primary key (organization_id, id),
  constraint fk_tips_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint fk_tips_organization_id_event_id_events
    foreign key (organization_id, event_id) references events (organization_id, id)
    on delete restrict,
  constraint ck_tips_status
    check (status in ('created', 'pending', 'paid', 'failed', 'expired')),
  constraint ck_tips_currency check (currency ~ '^[A-Z]{3}$'),
  constraint ck_tips_amount_minor check (amount_minor > 0),
  constraint ck_tips_guest_name check (char_length(guest_name) <= 60),
  constraint ck_tips_message check (char_length(message) <= 300),
  constraint ck_tips_paid check ((status = 'paid') = (paid_at is not null)),
  constraint ck_tips_paid_minor check (paid_minor >= net_minor and net_minor >= 0)
)"""

BEGUN = [
    "organization_id", "id", "device_id", "amount_minor", "covers_fee", "currency", "guest_name",
    "message", "created_at", "updated_at",
]  # fmt: skip
OWN = [
    "organization_id", "id", "amount_minor", "covers_fee", "currency", "guest_name", "message",
    "status", "created_at", "updated_at", "paid_at",
]  # fmt: skip
AMENDED = ["amount_minor", "covers_fee", "guest_name", "message", "updated_at"]
# The device is the fan's: with it somebody could be recognised over several nights.
MEMBER_SEES = [
    "organization_id", "id", "event_id", "payment_id", "amount_minor", "covers_fee", "currency",
    "guest_name", "message", "status", "paid_minor", "net_minor", "created_at", "updated_at",
    "paid_at",
]  # fmt: skip


def upgrade() -> None:
    op.execute(SETTINGS)
    op.execute(TIPS)
    for columns in ("event_id", "paid_at", "device_id, created_at"):
        name = columns.replace(", ", "_")
        op.execute(
            f"create index ix_tips_organization_id_{name} on tips (organization_id, {columns})"
        )
    tenant_table("tip_settings")
    guest_reads(
        "tip_settings",
        ["organization_id", "currency", "least_minor", "most_minor", "presets_minor"],
    )
    tenant_table("tips", member_writes=False, member_columns=MEMBER_SEES)
    guest_table("tips", insert=BEGUN, read=OWN, update=AMENDED)


def downgrade() -> None:
    op.execute("drop table tips")
    op.execute("drop table tip_settings")
