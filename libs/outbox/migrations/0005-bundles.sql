-- What a transaction publishes becomes one row: a bundle of events in their order, each on a line of a JSON array. A row for each event
-- cost the database more than all else that a posting writes. An event of before becomes a bundle of one, under its id and position; those
-- that have no position yet get it as usual.
alter table outbox rename to outbox_before;

create table outbox (
  id       uuid   not null, -- that of the first event
  epoch    int,
  events   int    not null check (events > 0),
  position bigint, -- that of the last event; the first has position - events + 1. Null until the sequencer gives it
  types    text[] not null, -- of the events, each once
  bundle   text   not null -- JSON, kept as text so that nobody parses it on its way in
) partition by range (id);

-- The server's own way to pack long texts costs more than writing them as they are, by half; lz4 does not, but not every server has it.
do $$ begin
  if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)) then
    alter table outbox alter column bundle set compression lz4;
  else
    alter table outbox alter column bundle set storage external;
  end if;
end $$;

do $$
declare month record;
begin
  for month in
    select relname as name, pg_get_expr(relpartbound, oid) as bounds
    from pg_class join pg_inherits on inhrelid = oid where inhparent = 'outbox_before'::regclass
  loop
    execute format('alter table %I rename to %I', month.name, 'before_' || month.name);
    execute format('create table %I partition of outbox %s', month.name, month.bounds);
  end loop;
end $$;

-- Line breaks between the parts of a JSON text mean nothing; here they part the events.
insert into outbox (id, epoch, events, position, types, bundle)
select id, epoch, 1, position, array[type], concat(
  '[{"id":"', id, '","type":', to_json(type), ',"dataschema":', to_json(dataschema),
  ',"time":"', to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '","subject":', to_json(subject),
  ',"partitionkey":', to_json(partitionkey), ',"correlationid":', to_json(correlationid), ',"traceparent":', to_json(traceparent),
  ',"data":', translate(data::text, E'\n\r', '  '), '}]')
from outbox_before;
drop table outbox_before;

alter table outbox add primary key (id);
create index outbox_unsequenced on outbox (id) where position is null;
create index outbox_in_order on outbox (epoch, position) where position is not null;

-- The events one by one, for people, for tests, and for whoever builds a view of his own from all that ever happened.
create view outbox_events as
select (event.value ->> 'id')::uuid as id, epoch, position - events + event.number as position, event.value ->> 'type' as type,
  event.value ->> 'subject' as subject, event.value ->> 'partitionkey' as partitionkey, (event.value ->> 'time')::timestamptz as time,
  event.value ->> 'dataschema' as dataschema, event.value ->> 'correlationid' as correlationid,
  event.value ->> 'traceparent' as traceparent, event.value -> 'data' as data
from outbox cross join lateral json_array_elements(bundle::json) with ordinality as event (value, number);

-- A fact stays as it was written; only its place is given later.
grant select, insert, update (epoch, position) on outbox to {app};
grant select on outbox_events to {app};
grant select on outbox, outbox_events to {reader};
