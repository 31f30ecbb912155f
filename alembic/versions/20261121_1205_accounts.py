"""Accounts: credentials, sessions, tokens, brands and their hosts; founding, roles, country."""

from alembic import op

from rls import (
    GUEST,
    IDENTITY,
    MEMBER,
    PLATFORM,
    PUBLIC,
    SYSTEM,
    function,
    grant,
    identity_table,
    policy,
    protect,
)

revision = "20261121_1205"
down_revision = "20261121_1200"
branch_labels = None
depends_on = None

PLATFORM_ORGANIZATION = "00000000-0000-7000-8000-000000000001"

CREDENTIALS = """
create table credentials (
  user_id uuid not null,
  password_hash text not null,
  changed_at timestamptz not null,
  constraint pk_credentials primary key (user_id),
  constraint fk_credentials_user_id_users
    foreign key (user_id) references users (id) on delete cascade
)"""

SESSIONS = """
create table sessions (
  id uuid not null,
  user_id uuid not null,
  token_hash text not null,
  previous_hash text,
  previous_until timestamptz,
  organization_id uuid,
  brand text not null,
  address text not null,
  user_agent text not null,
  created_at timestamptz not null,
  rotated_at timestamptz not null,
  seen_at timestamptz not null,
  ended_at timestamptz,
  constraint pk_sessions primary key (id),
  constraint uq_sessions_token_hash unique (token_hash),
  constraint uq_sessions_previous_hash unique (previous_hash),
  constraint fk_sessions_user_id_users
    foreign key (user_id) references users (id) on delete cascade,
  constraint fk_sessions_organization_id_organizations
    foreign key (organization_id) references organizations (id) on delete set null
)"""

# A confirmation carries what its own sign-up asked for. Otherwise a stranger could sign up with
# somebody's address first, and the real owner's click would confirm the stranger's password.
TOKENS = """
create table tokens (
  id uuid not null,
  user_id uuid not null,
  purpose text not null,
  token_hash text not null,
  brand text not null,
  password_hash text,
  display_name text,
  product_context text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint pk_tokens primary key (id),
  constraint uq_tokens_token_hash unique (token_hash),
  constraint fk_tokens_user_id_users
    foreign key (user_id) references users (id) on delete cascade,
  constraint ck_tokens_purpose check (purpose in ('confirm', 'reset')),
  constraint ck_tokens_product_context
    check (product_context in ('tipjar', 'djdash', 'm10dj'))
)"""

ATTEMPTS = """
create table login_attempts (
  account text not null,
  failures integer not null,
  since timestamptz not null,
  constraint pk_login_attempts primary key (account)
)"""

BRANDS = """
create table brands (
  key text not null,
  product_context text,
  name text not null,
  from_name text not null,
  host text not null,
  landing text not null,
  constraint pk_brands primary key (key),
  constraint uq_brands_product_context unique (product_context),
  constraint ck_brands_product_context
    check (product_context in ('tipjar', 'djdash', 'm10dj'))
)"""

DOMAINS = """
create table domains (
  host text not null,
  brand text not null,
  organization_id uuid,
  verified_at timestamptz not null,
  constraint pk_domains primary key (host),
  constraint ck_domains_host check (host = lower(host) and host <> ''),
  constraint fk_domains_brand_brands foreign key (brand) references brands (key),
  constraint fk_domains_organization_id_organizations
    foreign key (organization_id) references organizations (id) on delete cascade
)"""

SEED_BRANDS = """
insert into brands (key, product_context, name, from_name, host, landing) values
  ('tipjar', 'tipjar', 'TipJar', 'TipJar', 'tipjar.localhost', '/tipjar/dashboard'),
  ('djdash', 'djdash', 'DJ Dash', 'DJ Dash', 'djdash.localhost', '/djdash/dashboard'),
  ('m10dj', 'm10dj', 'M10 DJ Company', 'M10 DJ Company', 'm10dj.localhost', '/admin/dashboard'),
  ('neutral', null, 'DJ Platform', 'DJ Platform', 'localhost', '/dashboard')"""

SEED_DOMAINS = """
insert into domains (host, brand, verified_at)
select host, key, now() from brands union all values ('127.0.0.1', 'neutral', now())"""

FOUND = """
create function app.found_organization(
  owner_id uuid, new_id uuid, product text, title text, base text, moment timestamptz
) returns uuid language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
declare
  part text[] := app.scope();
  found uuid;
  chosen text := base;
  attempt int := 1;
begin
  if part is null or part[1] <> 'identity' or nullif(part[2], '')::uuid is distinct from owner_id
  then
    raise exception 'only for the person who signs up' using errcode = '42501';
  end if;
  -- A double click waits here, and then finds what the first one founded.
  perform 1 from public.users where id = owner_id for update;
  select m.organization_id into found
  from public.memberships m join public.organizations o on o.id = m.organization_id
  where m.user_id = owner_id and m.role = 'owner' and o.kind = 'tenant'
  order by m.created_at limit 1;
  if found is not null then return found; end if;
  loop
    insert into public.organizations (id, slug, name, product_context, created_at)
    values (new_id, chosen, title, product, moment)
    on conflict (slug) do nothing returning id into found;
    exit when found is not null;
    attempt := attempt + 1;
    chosen := rtrim(left(base, 50), '-') || '-' || case when attempt < 20 then attempt::text
      else substr(replace(gen_random_uuid()::text, '-', ''), 1, 8) end;
  end loop;
  insert into public.memberships (organization_id, user_id, role, created_at)
  values (found, owner_id, 'owner', moment);
  insert into public.audit_log (organization_id, id, at, actor_kind, actor_user_id, action,
    subject_kind, subject_id, new_value)
  values (found, gen_random_uuid(), moment, 'identity', owner_id, 'accounts.found_organization',
    'organization', found::text, jsonb_build_object('slug', chosen, 'product', product));
  return found;
end $$"""

# Owners hand out roles; the organization's row is the lock that keeps two owners from stepping
# down at the same moment.
CHANGE_ROLE = """
create function app.change_role(member uuid, new_role text) returns text
language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
declare
  org uuid := app.organization(true);
  old_role text;
begin
  perform 1 from public.organizations where id = org for update;
  if not exists (select from public.memberships
                 where organization_id = org and user_id = app.subject() and role = 'owner') then
    return 'not_owner';
  end if;
  select role into old_role from public.memberships
  where organization_id = org and user_id = member;
  if old_role is null then return 'missing'; end if;
  if old_role = 'owner' and new_role <> 'owner' and (
    select count(*) from public.memberships where organization_id = org and role = 'owner') = 1
  then return 'last_owner'; end if;
  update public.memberships set role = new_role
  where organization_id = org and user_id = member;
  perform app.audit('accounts.change_role', 'user', member::text,
    jsonb_build_object('role', old_role), jsonb_build_object('role', new_role));
  return 'changed';
end $$"""

SET_COUNTRY = """
create function app.choose_country(new_country text, new_currency text) returns text
language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
declare
  org uuid := app.organization(true);
  old public.organizations;
begin
  if not exists (select from public.memberships where organization_id = org
                 and user_id = app.subject() and role in ('owner', 'admin')) then
    return 'not_allowed';
  end if;
  select * into old from public.organizations where id = org for update;
  if old.currency_fixed_at is not null and old.currency is distinct from new_currency then
    return 'fixed';
  end if;
  update public.organizations set country = new_country, currency = new_currency where id = org;
  perform app.audit('accounts.choose_country', 'organization', org::text,
    jsonb_build_object('country', old.country, 'currency', old.currency),
    jsonb_build_object('country', new_country, 'currency', new_currency));
  return 'changed';
end $$"""

FIX_CURRENCY = """
create function app.fix_currency(moment timestamptz) returns void language sql volatile
security definer set search_path = pg_catalog, pg_temp as $$
  update public.organizations set currency_fixed_at = coalesce(currency_fixed_at, moment)
  where id = app.system_organization() and currency is not null
$$"""

REGISTER_HOST = f"""
create function app.register_host(name text, to_brand text, moment timestamptz) returns void
language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
begin
  if app.system_organization() is distinct from '{PLATFORM_ORGANIZATION}'::uuid then
    raise exception 'only the platform registers hosts' using errcode = '42501';
  end if;
  insert into public.domains (host, brand, verified_at) values (lower(name), to_brand, moment)
  on conflict (host) do update set brand = excluded.brand;
end $$"""


def upgrade() -> None:
    op.execute("alter table organizations add column currency_fixed_at timestamptz")
    _identity()
    _brands()
    function(FOUND, [IDENTITY])
    function(CHANGE_ROLE, [MEMBER])
    function(SET_COUNTRY, [MEMBER])
    function(FIX_CURRENCY, [SYSTEM])
    function(REGISTER_HOST, [SYSTEM])


def _identity() -> None:
    for table in (CREDENTIALS, SESSIONS, TOKENS, ATTEMPTS):
        op.execute(table)
    op.execute("create index ix_sessions_user_id on sessions (user_id)")
    op.execute("create index ix_sessions_organization_id on sessions (organization_id)")
    op.execute("create index ix_tokens_user_id on tokens (user_id)")
    op.execute("create index ix_tokens_expires_at on tokens (expires_at)")
    op.execute("create index ix_login_attempts_since on login_attempts (since)")
    for name in ("credentials", "sessions", "tokens", "login_attempts"):
        identity_table(name)


def _brands() -> None:
    op.execute(BRANDS)
    op.execute(DOMAINS)
    op.execute("create index ix_domains_brand on domains (brand)")
    op.execute("create index ix_domains_organization_id on domains (organization_id)")
    op.execute(SEED_BRANDS)
    op.execute(SEED_DOMAINS)
    for table in ("brands", "domains"):
        protect(table)
        for role in (MEMBER, GUEST, PUBLIC, IDENTITY, SYSTEM, PLATFORM):
            policy(table, f"{role.removeprefix('djp_')}_read", "select", role, using="true")
            grant(table, role, "select")


def downgrade() -> None:
    for name in (
        "register_host(text, text, timestamptz)",
        "fix_currency(timestamptz)",
        "choose_country(text, text)",
        "change_role(uuid, text)",
        "found_organization(uuid, uuid, text, text, text, timestamptz)",
    ):
        op.execute(f"drop function app.{name}")
    for table in ("domains", "brands", "login_attempts", "tokens", "sessions", "credentials"):
        op.execute(f"drop table {table}")
    op.execute("alter table organizations drop column currency_fixed_at")
