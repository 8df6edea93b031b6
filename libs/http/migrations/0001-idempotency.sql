-- One row per key that a caller used: written in the operation's transaction, so that it stands if, and only if, the operation does.
create table idempotency_keys (
  caller      text        not null,
  operation   text        not null,
  key         text        not null,
  fingerprint bytea       not null,
  status      smallint    not null,
  resource_id uuid,
  body        json,
  created_at  timestamptz not null,
  primary key (caller, operation, key)
);
-- Rows arrive in order of time, so a block range index finds the expired ones at almost no cost to writers.
create index idempotency_keys_age on idempotency_keys using brin (created_at);

grant select, insert, update, delete on idempotency_keys to {app};
grant select on idempotency_keys to {reader};
