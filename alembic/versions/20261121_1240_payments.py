"""Payments: connected accounts, fee plans, payments, the webhook inbox."""

from alembic import op

from rls import (
    GUEST,
    MEMBER,
    PLATFORM,
    PUBLIC,
    SYSTEM,
    function,
    grant,
    guest_reads,
    guest_table,
    policy,
    protect,
    tenant_table,
)

revision = "20261121_1240"
down_revision = "20261121_1230"
branch_labels = None
depends_on = None

CONNECTED_ACCOUNTS = """
create table connected_accounts (
  organization_id uuid not null,
  id uuid not null,
  brand text not null,
  external_id text,
  email text not null,
  country text not null,
  display_name text not null,
  transfers text not null default 'absent',
  card_payments text not null default 'absent',
  payouts text not null default 'absent',
  requirements_due jsonb not null default '[]',
  past_due boolean not null default false,
  ready boolean not null default false,
  requested_by uuid not null,
  created_at timestamptz not null,
  fetched_at timestamptz,
  constraint pk_connected_accounts primary key (organization_id, id),
  -- One account ever: the second click goes on with the first one's row.
  constraint uq_connected_accounts_organization_id_brand unique (organization_id, brand),
  constraint fk_connected_accounts_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint ck_connected_accounts_ready check (not ready or external_id is not null)
)"""

FEE_PLANS = """
create table fee_plans (
  id uuid not null,
  name text not null,
  product text,
  tenant_plan text,
  organization_id uuid,
  source_type text,
  referrer text,
  currency text,
  percent_bp integer not null,
  fixed_minor bigint not null default 0,
  min_minor bigint not null default 0,
  max_minor bigint,
  payer text not null default 'payee',
  settlement text not null default 'instant',
  valid_from timestamptz,
  activated_at timestamptz,
  override_reason text,
  constraint pk_fee_plans primary key (id),
  constraint fk_fee_plans_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint ck_fee_plans_percent_bp check (percent_bp between 0 and 10000),
  constraint ck_fee_plans_minor
    check (fixed_minor >= 0 and min_minor >= 0 and (max_minor is null or max_minor >= min_minor)),
  constraint ck_fee_plans_payer check (payer in ('payee', 'fan', 'split')),
  constraint ck_fee_plans_settlement check (settlement in ('instant', 'hold')),
  constraint ck_fee_plans_referrer check (referrer in ('platform', 'payee', 'affiliate')),
  constraint ck_fee_plans_source_type check (source_type in (
    'tip', 'request', 'booking', 'invoice', 'ppv', 'ticket', 'course', 'subscription', 'store',
    'licence'))
)"""

PAYMENTS = """
create table payments (
  organization_id uuid not null,
  id uuid not null,
  device_id uuid not null,
  brand text not null,
  kind text not null,
  subject_id uuid not null,
  attempt smallint not null,
  status text not null default 'created',
  title text not null,
  payee_name text not null,
  currency text not null,
  asked_minor bigint not null,
  total_minor bigint not null,
  fee_minor bigint not null,
  net_minor bigint not null,
  plan jsonb not null,
  destination text not null,
  destination_country text not null,
  return_url text not null,
  cancel_url text not null,
  look jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  checkout_id text,
  checkout_url text,
  payment_intent_id text,
  charge_id text,
  balance_transaction_id text,
  processor_cost_minor bigint,
  processor_cost_currency text,
  failure text not null default '',
  alarm text not null default '',
  pending_at timestamptz,
  paid_at timestamptz,
  closed_at timestamptz,
  transferred_at timestamptz,
  settled_at timestamptz,
  constraint pk_payments primary key (organization_id, id),
  constraint uq_payments_organization_id_kind_subject_id_attempt
    unique (organization_id, kind, subject_id, attempt),
  constraint fk_payments_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint ck_payments_status
    check (status in ('created', 'pending', 'expired', 'failed', 'paid')),
  constraint ck_payments_kind check (kind in (
    'tip', 'request', 'booking', 'invoice', 'ppv', 'ticket', 'course', 'subscription', 'store',
    'licence')),
  constraint ck_payments_currency check (currency ~ '^[A-Z]{3}$'),
  constraint ck_payments_sum check (
    total_minor > 0 and asked_minor > 0 and fee_minor >= 0 and net_minor >= 0
    and total_minor = fee_minor + net_minor),
  constraint ck_payments_paid check ((status = 'paid') = (paid_at is not null))
)"""

INBOX = """
create table inbox (
  id uuid not null,
  provider text not null,
  account text not null,
  external_id text not null,
  type text not null,
  body jsonb not null,
  received_at timestamptz not null,
  handled_at timestamptz,
  problem text not null default '',
  constraint pk_inbox primary key (id),
  constraint uq_inbox_provider_account_external_id unique (provider, account, external_id)
)"""

EXTERNAL_REFS = """
create table external_refs (
  provider text not null,
  account text not null,
  external_id text not null,
  organization_id uuid not null,
  constraint pk_external_refs primary key (provider, account, external_id),
  constraint fk_external_refs_organization_id_organizations
    foreign key (organization_id) references organizations (id)
)"""

# The manager's own check lives here, because the function writes what no member may write.
CLAIM = """
create function app.claim_connected_account() returns uuid language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine uuid := app.managed_organization();
  account uuid;
begin
  insert into public.connected_accounts
    (organization_id, id, brand, email, country, display_name, requested_by, created_at)
  select o.id, gen_random_uuid(), coalesce(o.product_context, 'neutral'), u.email, o.country,
         o.name, u.id, clock_timestamp()
  from public.organizations o, public.users u
  where o.id = mine and u.id = app.subject()
  on conflict do nothing;
  select c.id into strict account
  from public.connected_accounts c
  join public.organizations o on o.id = c.organization_id
  where c.organization_id = mine and c.brand = coalesce(o.product_context, 'neutral');
  return account;
end $$"""

MANAGED = """
create function app.managed_organization() returns uuid language plpgsql stable
security definer set search_path = pg_catalog, pg_temp as $$
declare mine uuid := app.organization(true);
begin
  if not exists (
    select from public.memberships m
    where m.organization_id = mine and m.user_id = app.subject() and m.role in ('owner', 'admin')
  ) then
    raise exception 'only an owner or admin may do this' using errcode = '42501';
  end if;
  return mine;
end $$"""

RECORD = """
create function app.record_connected_account(account uuid, external text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  mine uuid := app.managed_organization();
  found_brand text;
  known text;
begin
  select brand, external_id into strict found_brand, known from public.connected_accounts
  where organization_id = mine and id = account for update;
  -- Written once: whoever gets hold of a page cannot lead the money to another account.
  if known is not null then
    if known <> external then
      raise exception 'the connected account is already known' using errcode = '23505';
    end if;
    return;
  end if;
  update public.connected_accounts set external_id = external
  where organization_id = mine and id = account;
  insert into public.external_refs (provider, account, external_id, organization_id)
  values ('stripe', found_brand, external, mine);
  perform app.audit('payments.account_opened', 'connected_account', account::text, null,
                    jsonb_build_object('brand', found_brand, 'external_id', external));
end $$"""

STALE = """
create function app.stale_events(seconds integer) returns bigint language sql stable
security definer set search_path = pg_catalog, pg_temp as $$
  select count(*) from public.inbox
  where handled_at is null and received_at < clock_timestamp() - make_interval(secs => seconds)
$$"""

INTENT = [
    "organization_id", "id", "device_id", "brand", "kind", "subject_id", "attempt", "title",
    "payee_name", "currency", "asked_minor", "total_minor", "fee_minor", "net_minor", "plan",
    "destination", "destination_country", "return_url", "cancel_url", "look", "created_at",
    "expires_at",
]  # fmt: skip
SHOWN = [
    "organization_id", "id", "brand", "kind", "subject_id", "attempt", "status", "title",
    "payee_name", "currency", "asked_minor", "total_minor", "fee_minor", "net_minor",
    "created_at", "expires_at", "failure", "pending_at", "paid_at", "closed_at",
]  # fmt: skip
CHECKOUT = ["checkout_id", "checkout_url"]
# Processor cost and alarms are the platform's, devices and links to a checkout are the payer's.
MEMBER_SEES = [*SHOWN, "plan", "transferred_at"]
GUEST_SEES = [
    *SHOWN, *CHECKOUT, "destination", "destination_country", "return_url", "cancel_url", "look",
]  # fmt: skip


def upgrade() -> None:
    for table in (CONNECTED_ACCOUNTS, FEE_PLANS, PAYMENTS, INBOX, EXTERNAL_REFS):
        op.execute(table)
    _indexes()
    tenant_table("connected_accounts", member_writes=False)
    guest_reads(
        "connected_accounts", ["organization_id", "brand", "external_id", "country", "ready"]
    )
    tenant_table("payments", member_writes=False, member_columns=MEMBER_SEES)
    guest_table("payments", insert=INTENT, read=GUEST_SEES, update=CHECKOUT)
    _fee_plan_policies()
    _inbox_policies()
    function(MANAGED)
    function(CLAIM, [MEMBER])
    function(RECORD, [MEMBER])
    function(STALE, [PUBLIC, SYSTEM])
    _seed()


def _indexes() -> None:
    op.execute("create index ix_fee_plans_organization_id on fee_plans (organization_id)")
    op.execute("create index ix_external_refs_organization_id on external_refs (organization_id)")
    op.execute(
        "create index ix_payments_organization_id_paid_at on payments (organization_id, paid_at)"
    )
    op.execute("create index ix_inbox_waiting on inbox (received_at) where handled_at is null")


def _fee_plan_policies() -> None:
    """Who quotes a price reads the common plans and those agreed with the organization."""
    protect("fee_plans")
    readers = {
        MEMBER: "app.organization(false)",
        GUEST: "app.guest_organization()",
        SYSTEM: "app.system_organization()",
    }
    for role, organization in readers.items():
        name = role.removeprefix("djp_")
        policy("fee_plans", f"{name}_common", "select", role, using="organization_id is null")
        policy(
            "fee_plans",
            f"{name}_agreed",
            "select",
            role,
            using=f"organization_id = (select {organization})",
        )
        grant("fee_plans", role, "select")
    policy(
        "fee_plans", "platform_read", "select", PLATFORM, using="(select app.is_platform_admin())"
    )
    grant("fee_plans", PLATFORM, "select")


def _inbox_policies() -> None:
    """The web process may drop an event in and see that it is there; the worker reads it."""
    protect("inbox")
    policy("inbox", "receive", "insert", PUBLIC, check="handled_at is null")
    grant(
        "inbox",
        PUBLIC,
        "insert",
        ["id", "provider", "account", "external_id", "type", "body", "received_at"],
    )
    policy("inbox", "received", "select", PUBLIC, using="true")
    grant("inbox", PUBLIC, "select", ["id", "provider", "external_id"])
    policy("inbox", "system_read", "select", SYSTEM, using="true")
    policy("inbox", "system_stamp", "update", SYSTEM, using="true", check="true")
    grant("inbox", SYSTEM, "select")
    grant("inbox", SYSTEM, "update", ["handled_at", "problem"])
    protect("external_refs")
    policy("external_refs", "system_read", "select", SYSTEM, using="true")
    policy(
        "external_refs",
        "system_insert",
        "insert",
        SYSTEM,
        check="organization_id = (select app.system_organization())",
    )
    grant("external_refs", SYSTEM, "select, insert")


def _seed() -> None:
    """The plans of tips; each later feature brings the rows of what it sells."""
    standard = [(product, None, 350, 30) for product in ("tipjar", "djdash", "m10dj", "neutral")]
    white_label = [(None, plan, 2000, 0) for plan in ("basic", "pro", "enterprise")]
    for number, (product, plan, percent, fixed) in enumerate([*standard, *white_label], start=1):
        losing = fixed == 0
        op.get_bind().exec_driver_sql(
            "insert into fee_plans (id, name, product, tenant_plan, source_type, percent_bp, "
            "fixed_minor, activated_at, override_reason) "
            "values (%s, %s, %s, %s, 'tip', %s, %s, now(), %s)",
            (
                f"00000000-0000-7000-8000-0000000001{number:02d}",
                f"Tips on {product}" if product else f"Tips of white-label {plan}",
                product,
                plan,
                percent,
                fixed,
                "A tip of 1.00 costs more than its 20 %; the monthly licence pays for it."
                if losing
                else None,
            ),
        )
    op.execute(
        "insert into fee_plans (id, name, tenant_plan, percent_bp, activated_at, override_reason) "
        "values ('00000000-0000-7000-8000-000000000108', 'Self-hosted by one DJ', 'self_hosted', "
        "0, now(), 'The DJ is the platform, and pays the processor himself.')"
    )


def downgrade() -> None:
    for name in (
        "record_connected_account(uuid, text)",
        "claim_connected_account()",
        "managed_organization()",
        "stale_events(integer)",
    ):
        op.execute(f"drop function app.{name}")
    for table in ("external_refs", "inbox", "payments", "fee_plans", "connected_accounts"):
        op.execute(f"drop table {table}")
