-- The trail. `prev_hash` is the hash of the act with the sequence before: a chain that breaks wherever somebody touches it.
create table audit_trail (
  audit_id         uuid        not null,
  sequence         bigint      not null check (sequence > 0),
  occurred_at      timestamptz not null,
  received_at      timestamptz not null,
  service          text        not null,
  operation        text        not null,
  user_id          text,
  acting_service   text,
  session_id       text,
  client_id        text,
  ip_hash          text,
  entity_id        text,
  outcome          text        not null,
  correlation_id   text        not null,
  traceparent      text        not null,
  change_encrypted text,
  prev_hash        bytea       not null check (octet_length(prev_hash) = 32),
  hash             bytea       not null check (octet_length(hash) = 32),
  primary key (audit_id)
) partition by range (audit_id);
create index audit_trail_in_order on audit_trail (sequence, audit_id);
-- One for each filter; the id rises with time, so that a page is read straight from its index.
create index audit_trail_by_correlation on audit_trail (correlation_id, audit_id);
create index audit_trail_by_user on audit_trail (user_id, audit_id) where user_id is not null;
create index audit_trail_by_entity on audit_trail (entity_id, audit_id) where entity_id is not null;
create index audit_trail_by_session on audit_trail (session_id, audit_id) where session_id is not null;
create index audit_trail_by_operation on audit_trail (operation, audit_id);
create index audit_trail_by_service on audit_trail (service, audit_id);
create index audit_trail_by_outcome on audit_trail (outcome, audit_id) where outcome <> 'done';

-- One row: where the chain stands.
create table audit_chain (
  one      boolean primary key default true check (one),
  sequence bigint  not null,
  hash     bytea   not null check (octet_length(hash) = 32)
);
insert into audit_chain (sequence, hash) values (0, decode(repeat('00', 32), 'hex'));

-- What was done stays done, for the owner of the tables too. The row triggers are inherited by every partition, the statement ones speak up
-- even when no row would match.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: the trail stays as it was written', lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger audit_trail_stays before update or delete or truncate on audit_trail
  for each statement execute function refuse_rewriting();
create trigger audit_trail_rows_stay before update or delete on audit_trail
  for each row execute function refuse_rewriting();
create trigger audit_chain_stays before insert or delete or truncate on audit_chain
  for each statement execute function refuse_rewriting();
create trigger audit_chain_moves_on before update on audit_chain
  for each row when (new.sequence <= old.sequence) execute function refuse_rewriting();

grant select, insert on audit_trail to {app};
grant select, update on audit_chain to {app};
grant select on audit_trail, audit_chain to {reader};
