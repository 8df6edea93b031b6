-- The balance of an account in the sense of its normal side: a credit raises a customer's deposit, a debit raises cash.
create table ledger_accounts (
  ledger_account_id    uuid        primary key,
  gl_code              text        not null,
  name                 text        not null,
  account_type         text        not null check (account_type in ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
  normal_side          text        not null check (normal_side in ('DEBIT', 'CREDIT')),
  currency             char(3)     not null,
  state                text        not null check (state in ('OPEN', 'DEBIT_BLOCKED', 'CREDIT_BLOCKED', 'FROZEN', 'CLOSED')),
  state_version        int         not null,
  overdraft_limit_cents bigint     check (overdraft_limit_cents between 0 and 9007199254740991),
  ledger_balance_cents bigint      not null check (ledger_balance_cents between -9007199254740991 and 9007199254740991),
  held_cents           bigint      not null check (held_cents >= 0),
  entry_count          bigint      not null check (entry_count >= 0),
  created_at           timestamptz not null,
  -- The core decides this first; a row that breaks it is our bug, and is never written.
  constraint ledger_accounts_floor check (overdraft_limit_cents is null or ledger_balance_cents - held_cents + overdraft_limit_cents >= 0)
) with (fillfactor = 70);
-- Only columns that never change are indexed, so that a new balance is written within its page (a HOT update).
create index ledger_accounts_by_code on ledger_accounts (gl_code, currency, ledger_account_id);

-- The step of a saga that a command carried out: its key, for ever. One table, because a partition could not enforce it.
create table ledger_steps (
  source         text  not null,
  transaction_id uuid  not null,
  step           text  not null,
  fingerprint    bytea not null,
  kind           text  not null,
  resource_id    uuid  not null,
  refusal        json,
  primary key (source, transaction_id, step)
);

-- What was booked. One element of the three arrays is one posting: the same amount out of one account and into another.
create table journal_transactions (
  ledger_transaction_id uuid        primary key,
  source                text        not null,
  transaction_id        uuid        not null,
  step                  text        not null,
  business_event        text        not null,
  reference             text        not null,
  description           text        not null,
  currency              char(3)     not null,
  debit_account_ids     uuid[]      not null,
  credit_account_ids    uuid[]      not null,
  amounts_cents         bigint[]    not null,
  value_date            date        not null,
  business_date         date        not null,
  booked_at             timestamptz not null,
  hold_id               uuid,
  reversal_of           uuid,
  -- Who asked, behind the calling service, and the act it was part of: the journal is its own audit trail.
  user_id               text,
  correlation_id        text        not null,
  check (cardinality(debit_account_ids) = cardinality(amounts_cents) and cardinality(credit_account_ids) = cardinality(amounts_cents)),
  check (0 < all (amounts_cents))
) partition by range (ledger_transaction_id);

-- What it did to each account, in the account's own sequence, with the balance after it.
create table entries (
  ledger_account_id     uuid   not null,
  sequence              bigint not null,
  entry_id              uuid   not null,
  ledger_transaction_id uuid   not null,
  side                  text   not null check (side in ('DEBIT', 'CREDIT')),
  signed_cents          bigint not null check (signed_cents <> 0),
  balance_cents         bigint not null,
  value_date            date   not null,
  primary key (ledger_account_id, sequence, entry_id)
) partition by range (entry_id);

create table holds (
  hold_id           uuid        primary key,
  ledger_account_id uuid        not null,
  transaction_id    uuid        not null,
  amount_cents      bigint      not null check (amount_cents > 0),
  captured_cents    bigint      not null check (captured_cents between 0 and amount_cents),
  currency          char(3)     not null,
  status            text        not null check (status in ('ACTIVE', 'CAPTURED', 'RELEASED', 'EXPIRED')),
  expires_at        timestamptz not null,
  placed_at         timestamptz not null
) with (fillfactor = 80);
create index holds_expiring on holds (expires_at) where status = 'ACTIVE';

-- A transaction is reversed once, by one other: both ends are unique.
create table reversals (
  original_id uuid primary key,
  reversal_id uuid not null unique
);

-- One row: how far the books run ahead of the wall clock, and the date that business is booked under.
create table bank_clock (
  one           boolean primary key default true check (one),
  offset_ms     bigint  not null check (offset_ms >= 0),
  business_date date    not null
);

-- Booked is booked, for the owner of the tables too. The row triggers are inherited by every partition, the statement ones speak up even
-- when no row would match.
create function refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception '% of % is refused: what was booked stays booked', lower(tg_op), tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger journal_transactions_stay before update or delete or truncate on journal_transactions
  for each statement execute function refuse_rewriting();
create trigger journal_transactions_rows_stay before update or delete on journal_transactions
  for each row execute function refuse_rewriting();
create trigger entries_stay before update or delete or truncate on entries
  for each statement execute function refuse_rewriting();
create trigger entries_rows_stay before update or delete on entries
  for each row execute function refuse_rewriting();
create trigger reversals_stay before update or delete or truncate on reversals
  for each statement execute function refuse_rewriting();

grant select, insert on journal_transactions, entries, reversals to {app};
grant select, insert, update on ledger_accounts, holds, ledger_steps, bank_clock to {app};
grant select on ledger_accounts, ledger_steps, journal_transactions, entries, holds, reversals, bank_clock to {reader};
