"""The double-entry ledger: accounts, entries, lines, and the one function that posts."""

from alembic import op

from rls import PLATFORM, SYSTEM, function, grant, policy, protect, tenant_table

revision = "20261121_1230"
down_revision = "20261121_1210"
branch_labels = None
depends_on = None

PLATFORM_ORGANIZATION = "00000000-0000-7000-8000-000000000001"

ACCOUNTS = f"""
create table ledger_accounts (
  organization_id uuid not null,
  id uuid not null,
  kind text not null,
  brand text not null,
  currency text not null,
  created_at timestamptz not null,
  constraint pk_ledger_accounts primary key (organization_id, id),
  constraint uq_ledger_accounts_organization_id_kind_brand_currency
    unique (organization_id, kind, brand, currency),
  constraint uq_ledger_accounts_organization_id_id_currency
    unique (organization_id, id, currency),
  constraint fk_ledger_accounts_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint ck_ledger_accounts_kind
    check (kind in ('stripe', 'payable', 'fees', 'processor_cost')),
  constraint ck_ledger_accounts_currency check (currency ~ '^[A-Z]{{3}}$'),
  -- There is one Stripe balance per brand and currency, and it is the platform's.
  constraint ck_ledger_accounts_owner check (
    (kind = 'payable') = (organization_id <> '{PLATFORM_ORGANIZATION}')
  )
)"""

ENTRIES = """
create table journal_entries (
  id uuid not null,
  source_kind text not null,
  source_id uuid not null,
  transition text not null,
  occurred_at timestamptz not null,
  posted_at timestamptz not null,
  constraint pk_journal_entries primary key (id),
  -- Each transition of an object is booked once, however often its event arrives.
  constraint uq_journal_entries_source_kind_source_id_transition
    unique (source_kind, source_id, transition)
)"""

LINES = """
create table journal_lines (
  organization_id uuid not null,
  id uuid not null,
  entry_id uuid not null,
  account_id uuid not null,
  amount_minor bigint not null,
  currency text not null,
  occurred_at timestamptz not null,
  constraint pk_journal_lines primary key (organization_id, id),
  constraint fk_journal_lines_organization_id_organizations
    foreign key (organization_id) references organizations (id),
  constraint fk_journal_lines_entry_id_journal_entries
    foreign key (entry_id) references journal_entries (id),
  constraint fk_journal_lines_organization_id_account_id_currency_ledger_accounts
    foreign key (organization_id, account_id, currency)
    references ledger_accounts (organization_id, id, currency),
  constraint ck_journal_lines_amount_minor check (amount_minor <> 0)
)"""

POST = """
create function app.post_journal(entry jsonb) returns uuid language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
declare
  entry_id uuid := (entry ->> 'id')::uuid;
  happened timestamptz := (entry ->> 'occurred_at')::timestamptz;
  line jsonb;
  account uuid;
begin
  if app.system_organization() is null then
    raise exception 'only a job may post to the journal' using errcode = '42501';
  end if;
  insert into public.journal_entries
    (id, source_kind, source_id, transition, occurred_at, posted_at)
  values (entry_id, entry ->> 'source_kind', (entry ->> 'source_id')::uuid,
          entry ->> 'transition', happened, clock_timestamp());
  for line in select value from jsonb_array_elements(entry -> 'lines') loop
    insert into public.ledger_accounts (organization_id, id, kind, brand, currency, created_at)
    values ((line ->> 'organization_id')::uuid, gen_random_uuid(), line ->> 'account',
            entry ->> 'brand', line ->> 'currency', clock_timestamp())
    on conflict do nothing;
    select a.id into strict account from public.ledger_accounts a
    where a.organization_id = (line ->> 'organization_id')::uuid
      and a.kind = line ->> 'account' and a.brand = entry ->> 'brand'
      and a.currency = line ->> 'currency';
    insert into public.journal_lines
      (organization_id, id, entry_id, account_id, amount_minor, currency, occurred_at)
    values ((line ->> 'organization_id')::uuid, gen_random_uuid(), entry_id, account,
            (line ->> 'amount_minor')::bigint, line ->> 'currency', happened);
  end loop;
  return entry_id;
end $$"""

# Definer, because the lines of an entry belong to several organizations and the check runs when
# the transaction commits, under whatever role that is.
BALANCED = """
create function app.journal_balanced() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  -- Through jsonb, because a header has no field entry_id to name.
  entry uuid := coalesce(to_jsonb(new) ->> 'entry_id', to_jsonb(new) ->> 'id')::uuid;
begin
  if not exists (select from public.journal_lines l where l.entry_id = entry) then
    raise exception 'journal entry % has no lines', entry using errcode = '23514';
  end if;
  if exists (
    select from public.journal_lines l where l.entry_id = entry
    group by l.currency having sum(l.amount_minor) <> 0
  ) then
    raise exception 'journal entry % is not balanced', entry using errcode = '23514';
  end if;
  return null;
end $$"""


def upgrade() -> None:
    for table in (ACCOUNTS, ENTRIES, LINES):
        op.execute(table)
    op.execute("create index ix_journal_lines_entry_id on journal_lines (entry_id)")
    op.execute(
        "create index ix_journal_lines_organization_id_account_id_currency "
        "on journal_lines (organization_id, account_id, currency)"
    )
    tenant_table("ledger_accounts", member_writes=False, system_writes=False)
    tenant_table("journal_lines", member_writes=False, system_writes=False)
    protect("journal_entries")
    policy("journal_entries", "system_read", "select", SYSTEM, using="true")
    grant("journal_entries", SYSTEM, "select")
    policy(
        "journal_entries",
        "platform_read",
        "select",
        PLATFORM,
        using="(select app.is_platform_admin())",
    )
    grant("journal_entries", PLATFORM, "select")
    function(POST, [SYSTEM])
    function(BALANCED)
    _triggers()


def _triggers() -> None:
    for table in ("ledger_accounts", "journal_entries", "journal_lines"):
        op.execute(
            f"create trigger append_only before update or delete or truncate on {table} "
            "for each statement execute function app.refuse_change()"
        )
    for table in ("journal_entries", "journal_lines"):
        op.execute(
            f"create constraint trigger balanced after insert on {table} "
            "deferrable initially deferred for each row execute function app.journal_balanced()"
        )


def downgrade() -> None:
    op.execute("drop function app.post_journal(jsonb)")
    for table in ("journal_lines", "journal_entries", "ledger_accounts"):
        op.execute(f"drop table {table}")
    op.execute("drop function app.journal_balanced()")
