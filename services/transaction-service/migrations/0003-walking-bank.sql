-- A transfer may be taken back before it is booked, and a booked transaction may be undone by another.
alter table transactions drop constraint transactions_stage_check;
alter table transactions
  add constraint transactions_stage_check check (stage in ('INITIATED', 'RESERVED', 'AWAITING_APPROVAL', 'PROCESSING', 'RELEASING', 'COMPLETED',
    'FAILED', 'CANCELLED', 'REVERSED')),
  -- When the ledger booked it, on the bank's clock; null for what was booked before this column was.
  add column booked_at      timestamptz,
  add column reversal_of    uuid,
  add column reversed_by    uuid,
  add column cancelled_by   text,
  -- The service that had the ledger book it; null for what began here.
  add column projected_from text;

-- The search: a row for each side of a transaction, written with it and never changed but where it is booked on another day than it began on.
-- It takes the place of two indexes: what an account's history is read by is no longer kept twice.
create table transaction_search (
  account_id     uuid     not null,
  transaction_id uuid     not null,
  value_date     date     not null,
  -- Words of description, reference and external reference, as src/domain/words.ts makes them.
  search_text    tsvector not null,
  primary key (account_id, transaction_id)
) partition by range (transaction_id);
create index transaction_search_by_day on transaction_search (account_id, value_date, transaction_id);
-- Staff look at a span of days of the whole bank.
create index transactions_by_day on transactions (value_date, transaction_id);

select ensure_month_partitions('transaction_search', to_date(right(child.relname, 7), 'YYYY_MM'), 1)
from pg_inherits join pg_class child on child.oid = inhrelid where inhparent = 'transactions'::regclass;
insert into transaction_search (account_id, transaction_id, value_date, search_text)
select account_id, transaction_id, value_date, array_to_tsvector(array(
  select distinct word from regexp_split_to_table(lower(concat_ws(' ', transaction_ref, description, external_reference)), '[^[:alnum:]]+') word
  where word <> ''))
from transactions cross join lateral unnest(array[source_account_id, destination_account_id]) as account_id
where account_id is not null;
drop index transactions_of_source;
drop index transactions_of_destination;

-- Which transaction undoes which: taken before the ledger is asked, so that nothing is undone twice; given back when the ledger refused.
create table reversals (
  reversal_of    uuid not null,
  transaction_id uuid not null,
  reason_code    text not null,
  constraint reversals_once primary key (reversal_of),
  unique (transaction_id)
);

-- Ledger transactions of other services that are in the history, each once for ever: not partitioned, because that could not keep them unique.
create table projected_postings (
  ledger_transaction_id uuid primary key
);

-- What people decided. Append-only by privilege.
create table transaction_audit (
  transaction_id uuid        not null,
  sequence       int         not null,
  action         text        not null check (action in ('APPROVED', 'REJECTED', 'CANCELLED', 'REVERSED')),
  status_before  text        not null,
  -- What the decision leads to; the steps there are in the stream.
  status_after   text        not null,
  reason         text,
  acted_by       text        not null,
  acted_at       timestamptz not null,
  correlation_id text        not null,
  primary key (transaction_id, sequence)
);

-- Balances at the end of business days on which accounts moved, and the days that are complete.
create table transaction_balance_snapshot (
  account_id    uuid   not null,
  snapshot_date date   not null,
  opening_cents bigint not null,
  debits_cents  bigint not null,
  credits_cents bigint not null,
  closing_cents bigint not null,
  entry_count   int    not null,
  primary key (account_id, snapshot_date)
);
create table snapshot_days (
  snapshot_date date primary key
);

-- Whom a customer pays. Name and number are sealed; the keyed hash of (customer, number, bank) keeps a payee from being kept twice.
create table beneficiaries (
  beneficiary_id           uuid        primary key,
  customer_id              uuid        not null,
  beneficiary_type         text        not null check (beneficiary_type in ('INTERNAL', 'DOMESTIC', 'INTERNATIONAL')),
  name_encrypted           text        not null,
  account_number_encrypted text        not null,
  payee_hash               text        not null,
  account_id               uuid,
  bank_code                text,
  country                  text,
  currency                 char(3)     not null,
  is_favourite             boolean     not null,
  last_paid_at             timestamptz,
  created_at               timestamptz not null,
  version                  int         not null,
  constraint beneficiaries_once unique (payee_hash)
);
create index beneficiaries_of_customer on beneficiaries (customer_id, is_favourite, beneficiary_id);
create index beneficiaries_of_account on beneficiaries (account_id, customer_id) where account_id is not null;

grant select, insert, update on transaction_search, transaction_balance_snapshot, snapshot_days to {app};
grant select, insert, delete on reversals to {app};
grant select, insert on projected_postings, transaction_audit to {app};
grant select, insert, update, delete on beneficiaries to {app};
grant select on transaction_search, transaction_balance_snapshot, snapshot_days, reversals, projected_postings, transaction_audit, beneficiaries to {reader};
