-- The number in a transaction's reference. It never repeats, so a reference is unique without an index across partitions (which PostgreSQL
-- does not have for a column that is not the partition key).
create sequence transaction_numbers maxvalue 9999999999;

-- What stands now: a projection of transaction_events, one row a transaction, partitioned by the month of its UUIDv7 (wall clock).
create table transactions (
  transaction_id         uuid        not null,
  transaction_ref        text        not null,
  transaction_type       text        not null,
  status                 text        not null check (status in ('PENDING', 'PROCESSING', 'AWAITING_APPROVAL', 'COMPLETED', 'FAILED', 'CANCELLED', 'REVERSED')),
  -- Where the saga stands; the status is what people are told of it.
  stage                  text        not null check (stage in ('INITIATED', 'RESERVED', 'AWAITING_APPROVAL', 'PROCESSING', 'RELEASING', 'COMPLETED', 'FAILED')),
  stage_at               timestamptz not null,
  source_account_id      uuid,
  destination_account_id uuid,
  amount_cents           bigint      not null check (amount_cents between 1 and 9007199254740991),
  currency               char(3)     not null,
  description            text        not null,
  external_reference     text,
  value_date             date        not null,
  branch_id              text,
  hold_id                uuid,
  fraud_score            int,
  requires_approval      boolean     not null,
  failure_code           text,
  initiated_by           text        not null,
  approved_by            text,
  decision_reason        text,
  session_id             text,
  client_id              text,
  device_id              text,
  auth_method            text,
  batch_id               uuid,
  ledger_transaction_id  uuid,
  correlation_id         text        not null,
  traceparent            text        not null,
  -- How many events the stream holds: the sequence of the next one is one more.
  event_count            int         not null,
  created_at             timestamptz not null,
  completed_at           timestamptz,
  primary key (transaction_id),
  constraint transactions_have_an_account check (source_account_id is not null or destination_account_id is not null),
  constraint transactions_between_two_accounts check (source_account_id <> destination_account_id)
) partition by range (transaction_id);
-- A transaction changes three times while its saga runs, and none of its indexes names what changes.
insert into partition_fill (parent, fillfactor) values ('transactions', 50);
-- No index names a column that a saga changes: where its page has room, a step rewrites a row without touching an index.
create index transactions_of_source on transactions (source_account_id, transaction_id desc) where source_account_id is not null;
create index transactions_of_destination on transactions (destination_account_id, transaction_id desc) where destination_account_id is not null;
create index transactions_of_batch on transactions (batch_id, transaction_id) where batch_id is not null;
-- References rise with time, so a block range index finds one at almost no cost to writers.
create index transactions_by_ref on transactions using brin (transaction_ref) with (pages_per_range = 16);

-- What waits for a fraud verdict or for a person: few rows, so that neither the job that gives up nor the list of approvals ever scans.
create table waiting_transactions (
  stage          text        not null check (stage in ('RESERVED', 'AWAITING_APPROVAL')),
  transaction_id uuid        not null,
  since          timestamptz not null,
  primary key (stage, transaction_id)
);

-- The stream: what happened, in order. Append-only by privilege.
create table transaction_events (
  transaction_id uuid        not null,
  sequence       int         not null,
  event_type     text        not null,
  status         text        not null,
  code           text,
  data           json        not null,
  occurred_at    timestamptz not null,
  correlation_id text        not null,
  primary key (transaction_id, sequence)
) partition by range (transaction_id);

-- Whose accounts are whose, as account-service told. For reads; for money account-service itself is asked.
create table account_owners (
  account_id   uuid   not null,
  customer_id  uuid   not null,
  capabilities text[] not null,
  primary key (account_id, customer_id)
);
create index account_owners_by_customer on account_owners (customer_id, account_id);

-- Real history that was sent in: how many rows each batch has brought.
create table batches (
  batch_id   uuid        primary key,
  row_count  int         not null,
  created_by text        not null,
  created_at timestamptz not null
);

-- The keys of imported rows, for ever: not partitioned, because a range partition could not keep them unique.
create table imported_references (
  account_id         uuid not null,
  external_reference text not null,
  transaction_id     uuid not null,
  primary key (account_id, external_reference)
);

grant usage on sequence transaction_numbers to {app};
grant select, insert, update on transactions to {app};
grant select, insert on transaction_events to {app};
grant select, insert, update, delete on account_owners, waiting_transactions to {app};
grant select, insert, update on batches to {app};
grant select, insert on imported_references to {app};
grant select on transactions, waiting_transactions, transaction_events, account_owners, batches, imported_references to {reader};
