"""Realtime: channels with their counters, events of the last day, one function that publishes."""

from alembic import op

from rls import GUEST, IDENTITY, MEMBER, PUBLIC, SYSTEM, function, grant, policy, protect

revision = "20261121_1210"
down_revision = "20261121_1205"
branch_labels = None
depends_on = None

HUB = "djp_hub"

CHANNELS = """
create table realtime_channels (
  name text not null,
  seq bigint not null,
  constraint pk_realtime_channels primary key (name),
  constraint ck_realtime_channels_name
    check (name ~ '^[a-z][a-z_]{0,39}:[A-Za-z0-9_-]{1,80}$')
)"""

EVENTS = """
create table realtime_events (
  channel text not null,
  seq bigint not null,
  kind text not null,
  payload jsonb not null,
  at timestamptz not null default clock_timestamp(),
  -- Which transaction wrote it: a hub asks for what its last snapshot could not see yet, and so
  -- misses nothing of transactions that commit late, and reads nothing twice.
  xid xid8 not null default pg_current_xact_id(),
  constraint pk_realtime_events primary key (channel, seq),
  constraint fk_realtime_events_channel_realtime_channels
    foreign key (channel) references realtime_channels (name)
)"""

PUBLISH = """
create function app.publish(events jsonb) returns void language plpgsql volatile
security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- One statement. Every transaction takes the rows of its channels in the same order, so two
  -- never wait for each other in a circle, and holds them until it commits: the numbers of a
  -- channel are therefore in the order of commits.
  with given as (
    select e.value ->> 'channel' as channel, e.value ->> 'kind' as kind,
           e.value -> 'payload' as payload, e.ordinality as position
    from jsonb_array_elements(events) with ordinality e
  ), taken as (
    insert into public.realtime_channels as c (name, seq)
    select g.channel, count(*) from given g group by g.channel order by g.channel
    on conflict (name) do update set seq = c.seq + excluded.seq
    returning c.name, c.seq
  )
  insert into public.realtime_events (channel, seq, kind, payload)
  select g.channel,
         t.seq - count(*) over (partition by g.channel)
               + row_number() over (partition by g.channel order by g.position),
         g.kind, g.payload
  from given g join taken t on t.name = g.channel;
  -- Everybody may listen, so a notification says nothing; equal ones are merged.
  perform pg_notify('realtime', '');
end $$"""

POSITIONS = """
create function app.stream_positions(names text[]) returns bigint[] language sql stable
security definer set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(coalesce(c.seq, 0) order by n.place), '{}')
  from unnest(names) with ordinality as n (name, place)
  left join public.realtime_channels c on c.name = n.name
$$"""

DELETE_OLD = """
create function app.delete_realtime_events(before timestamptz, at_most integer) returns bigint
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  with old as (
    delete from public.realtime_events e using (
      select channel, seq from public.realtime_events where at < before limit at_most
    ) o where e.channel = o.channel and e.seq = o.seq returning 1
  ) select count(*) from old
$$"""


def upgrade() -> None:
    op.execute(CHANNELS)
    op.execute(EVENTS)
    op.execute("create index ix_realtime_events_xid on realtime_events (xid)")
    for table in ("realtime_channels", "realtime_events"):
        protect(table)
        policy(table, "hub_read", "select", HUB, using="true")
        grant(table, HUB, "select")
    # Every event updates its channel's row: room on the page keeps that inside the page.
    op.execute("alter table realtime_channels set (fillfactor = 50)")
    function(PUBLISH, [MEMBER, GUEST, IDENTITY, SYSTEM])
    function(POSITIONS, [MEMBER, GUEST, PUBLIC, IDENTITY, SYSTEM])
    function(DELETE_OLD, [SYSTEM])


def downgrade() -> None:
    op.execute("drop function app.delete_realtime_events(timestamptz, integer)")
    op.execute("drop function app.stream_positions(text[])")
    op.execute("drop function app.publish(jsonb)")
    op.execute("drop table realtime_events")
    op.execute("drop table realtime_channels")
