-- Events that came by a stream (Kafka) and were handled: the ids stand here in the transaction of the effect, because a stream brings some twice.
-- They are forgotten when the stream can bring them no more.
create table event_inbox (
  producer   text        not null,
  event_id   uuid        not null,
  epoch      int         not null,
  position   bigint      not null,
  handled_at timestamptz not null,
  primary key (producer, event_id)
);
create index event_inbox_by_time on event_inbox (handled_at);

-- A producer is followed by its log or by a stream, never by both at once. Below the stored position everything was handled; above it the inbox
-- tells what was, up to `inbox_epoch` and `inbox_position` for who follows by the log again.
alter table subscriptions
  add column is_streamed boolean not null default false,
  add column inbox_epoch int,
  add column inbox_position bigint;

grant select, insert, delete on event_inbox to {app};
grant select on event_inbox to {reader};
