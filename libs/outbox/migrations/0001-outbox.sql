-- The producer's event store. `position` is given after commit, by one sequencer, so that readers never pass a row that commits late.
create table outbox (
  id            uuid        not null,
  epoch         int,
  position      bigint,
  type          text        not null,
  subject       text        not null,
  partitionkey  text        not null,
  time          timestamptz not null,
  dataschema    text        not null,
  correlationid text        not null,
  traceparent   text        not null,
  data          json        not null,
  primary key (id)
) partition by range (id);
create index outbox_unsequenced on outbox (id) where position is null;
create index outbox_in_order on outbox (epoch, position) where position is not null;

-- One row: where the sequence stands. A promotion or restore starts a new epoch.
create table outbox_state (
  one      boolean primary key default true check (one),
  epoch    int     not null,
  position bigint  not null
);
insert into outbox_state (epoch, position) values (1, 0);

-- Where this service stands in each producer's events; moved in the transaction of the effect, so effects happen exactly once.
create table subscriptions (
  producer   text        primary key,
  epoch      int         not null,
  position   bigint      not null,
  updated_at timestamptz not null
);

-- Events whose reaction keeps failing, and later events of the same key, until somebody replays them.
create table dead_letters (
  dead_letter_id uuid        primary key,
  producer       text        not null,
  event_id       uuid        not null,
  type           text        not null,
  partitionkey   text        not null,
  event          json        not null,
  error          text        not null,
  attempts       int         not null,
  parked_at      timestamptz not null,
  resolved_at    timestamptz,
  unique (producer, event_id)
);
create index dead_letters_open on dead_letters (producer, partitionkey, event_id) where resolved_at is null;

-- Acts on their way to the audit trail, written in the transaction of the act.
create table audit_outbox (
  audit_id       uuid        not null,
  occurred_at    timestamptz not null,
  operation      text        not null,
  user_id        text,
  service        text,
  session_id     text,
  client_id      text,
  ip_hash        text,
  entity_id      text,
  outcome        text        not null,
  correlation_id text        not null,
  traceparent    text        not null,
  primary key (audit_id)
) partition by range (audit_id);

grant select, insert, update on outbox to {app};
grant select, update on outbox_state to {app};
grant select, insert, update on subscriptions, dead_letters to {app};
grant select, insert on audit_outbox to {app};
grant select on outbox, outbox_state, subscriptions, dead_letters to {reader};
