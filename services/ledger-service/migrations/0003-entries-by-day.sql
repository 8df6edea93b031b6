-- Entries stand under the business day that they are booked in, and name themselves: the id of an entry is that of its transaction with
-- the entry's number in the last four digits, so it needs no column, and the key that a posting pays for twice is a quarter shorter.
create temp table earlier_entries on commit drop as
select e.*, row_number() over (partition by ledger_transaction_id order by entry_id) as ordinal from entries e;
drop table entries;
create table entries (
  ledger_account_id     uuid    not null,
  -- The account's own, without a hole.
  sequence              bigint  not null,
  business_date         date    not null,
  ledger_transaction_id uuid    not null,
  -- From 1, posting by posting, debit before credit.
  ordinal               int     not null,
  is_debit              boolean not null,
  -- In the sense of the account's normal side.
  signed_cents          bigint  not null check (signed_cents <> 0),
  balance_cents         bigint  not null,
  value_date            date    not null,
  primary key (ledger_account_id, sequence, business_date)
) partition by range (business_date);
-- Days come one after the other, so the few pages of one are found without an index that every posting would pay for.
create index entries_by_business_date on entries using brin (business_date) with (pages_per_range = 16);
-- What counts on another day than it was booked: few rows, so most postings pay nothing for it.
create index entries_shifted on entries (ledger_account_id, sequence) include (value_date, signed_cents) where value_date <> business_date;

select ensure_month_partitions('entries', month, 1) from (
  select distinct date_trunc('month', business_date)::date as month from earlier_entries) m;
insert into entries
select ledger_account_id, sequence, business_date, ledger_transaction_id, ordinal, side = 'DEBIT', signed_cents, balance_cents, value_date
from earlier_entries;

create trigger entries_stay before update or delete or truncate on entries
  for each statement execute function refuse_rewriting();
create trigger entries_rows_stay before update or delete on entries
  for each row execute function refuse_rewriting();
grant select, insert on entries to {app};
grant select on entries to {reader};

-- A transaction says all that it did: the place of each of its entries in its account's history, and the balance there (two of each for a
-- posting, debit before credit). Whoever seals the journal reads it alone.
alter table journal_transactions
  add column sequences bigint[],
  add column balances_cents bigint[],
  -- Of each posting; null where all are in the transaction's currency.
  add column currencies text[],
  -- What another currency was bought for: `{ rate, … }`, see domain/exchange.ts.
  add column exchange jsonb,
  -- What the caller wants to find it by.
  add column metadata jsonb,
  -- The approved adjustment of a closed period that it is.
  add column adjustment_id uuid;
alter table journal_transactions disable trigger journal_transactions_stay;
alter table journal_transactions disable trigger journal_transactions_rows_stay;
update journal_transactions j set sequences = e.sequences, balances_cents = e.balances
from (
  select ledger_transaction_id, array_agg(sequence order by ordinal) as sequences, array_agg(balance_cents order by ordinal) as balances
  from entries group by ledger_transaction_id) e
where e.ledger_transaction_id = j.ledger_transaction_id;
alter table journal_transactions enable trigger journal_transactions_stay;
alter table journal_transactions enable trigger journal_transactions_rows_stay;
alter table journal_transactions alter column sequences set not null, alter column balances_cents set not null;
create index journal_by_metadata on journal_transactions using gin (metadata jsonb_path_ops) where metadata is not null;

-- The id first: it differs from key to key, and comparing one as bytes costs less than two texts that are mostly the same.
alter table ledger_steps drop constraint ledger_steps_pkey;
alter table ledger_steps alter column source type text collate "C", alter column step type text collate "C";
alter table ledger_steps add primary key (transaction_id, source, step);
