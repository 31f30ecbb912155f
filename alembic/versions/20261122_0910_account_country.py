"""A connected account takes the country of its organization until it is opened."""

from alembic import op

revision = "20261122_0910"
down_revision = "20261122_0900"
branch_labels = None
depends_on = None

_CLAIM = """
create or replace function app.claim_connected_account() returns uuid language plpgsql volatile
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
  {conflict};
  select c.id into strict account
  from public.connected_accounts c
  join public.organizations o on o.id = c.organization_id
  where c.organization_id = mine and c.brand = coalesce(o.product_context, 'neutral');
  return account;
end $$"""

# The processor may have refused the country, which the person has changed since.
_CORRECT = """on conflict (organization_id, brand) do update set country = excluded.country
  where public.connected_accounts.external_id is null"""


def upgrade() -> None:
    op.execute(_CLAIM.format(conflict=_CORRECT))


def downgrade() -> None:
    op.execute(_CLAIM.format(conflict="on conflict do nothing"))
