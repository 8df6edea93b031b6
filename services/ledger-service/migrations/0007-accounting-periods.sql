-- What a person wishes to have booked, and what the second person said. It is carried out once: its id is the key of what the ledger does.
create table ledger_proposals (
  proposal_id           uuid        primary key,
  kind                  text        not null check (kind in ('TRANSACTION', 'HOLD', 'ADJUSTMENT', 'PERIOD_CLOSE')),
  -- APPROVED waits to be carried out; then it is DONE, or REFUSED by the ledger.
  status                text        not null check (status in ('PENDING', 'APPROVED', 'DONE', 'REFUSED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')),
  -- The transaction or the hold; null where a period is closed.
  content               json,
  -- The period that is closed, or that an adjustment counts in.
  period                text,
  reason                text        not null,
  documents             text[]      not null,
  proposed_by           text        not null,
  proposed_at           timestamptz not null,
  expires_at            timestamptz not null,
  decided_by            text        check (decided_by <> proposed_by or status = 'WITHDRAWN'),
  decided_at            timestamptz,
  decision_reason       text,
  -- Of the decision: what is booked for it is a part of that act.
  correlation_id        text,
  -- Not before, where carrying it out has failed.
  next_attempt_at       timestamptz,
  carried_out_at        timestamptz,
  ledger_transaction_id uuid,
  hold_id               uuid,
  refusal_code          text,
  refusal_detail        text,
  check ((kind = 'PERIOD_CLOSE') = (content is null)),
  check ((kind in ('ADJUSTMENT', 'PERIOD_CLOSE')) = (period is not null)),
  check ((status = 'PENDING') = (decided_at is null)),
  check (status not in ('APPROVED', 'DONE', 'REFUSED', 'REJECTED', 'WITHDRAWN') or decided_by is not null),
  check ((status in ('DONE', 'REFUSED')) = (carried_out_at is not null)),
  check ((status = 'REFUSED') = (refusal_code is not null))
);
create index ledger_proposals_by_status on ledger_proposals (status, proposal_id);
create index ledger_proposals_by_period on ledger_proposals (period, proposal_id) where period is not null;
-- What the job looks for: few rows, whatever was proposed before.
create index ledger_proposals_expiring on ledger_proposals (expires_at) where status = 'PENDING';
create index ledger_proposals_approved on ledger_proposals (decided_at) where status = 'APPROVED';
create unique index ledger_proposals_one_close on ledger_proposals (period) where kind = 'PERIOD_CLOSE' and status in ('PENDING', 'APPROVED');

-- A month or a year that is closed, or is just being closed.
create table accounting_periods (
  period      text        primary key check (period ~ '^[0-9]{4}(-[0-9]{2})?$'),
  kind        text        not null check (kind in ('MONTH', 'YEAR')),
  first_date  date        not null,
  last_date   date        not null,
  status      text        not null check (status in ('CLOSING', 'CLOSED')),
  -- What is done next: null at the end.
  step        text        check (step in ('CLOSING_ENTRIES', 'CARRY_OVER', 'REPORTS')),
  proposal_id uuid        not null unique references ledger_proposals,
  began_at    timestamptz not null,
  -- The reports wait until everything up to here is sealed.
  settled_at  timestamptz not null,
  closed_at   timestamptz,
  -- What the reports below know: everything booked up to here.
  known_at    timestamptz,
  check ((status = 'CLOSED') = (closed_at is not null and known_at is not null)),
  check ((status = 'CLOSED') = (step is null))
);

-- What each line of the chart stood at by the end of a period, by value date, as known when it was closed.
create table accounting_period_lines (
  period         text    not null references accounting_periods,
  currency       char(3) not null,
  gl_code        text    not null,
  account_type   text    not null,
  -- Since the bank began.
  debits         numeric not null,
  credits        numeric not null,
  -- Of the period, closing entries left out: what the income statement is made of.
  period_debits  numeric not null,
  period_credits numeric not null,
  primary key (period, currency, gl_code)
);

-- What was compared at the close, and what came of it.
create table accounting_period_checks (
  period     text    not null references accounting_periods,
  currency   char(3) not null,
  name       text    not null,
  left_side  numeric not null,
  right_side numeric not null,
  primary key (period, currency, name)
);

-- What the income and expense of a year are carried over by: computed once, then booked, one transaction for each currency.
create table closing_entries (
  period                text    not null references accounting_periods,
  currency              char(3) not null,
  gl_code               text    not null,
  -- Taken out of the account: above zero a credit balance is debited away, below zero a debit balance is credited away.
  credit_balance_cents  bigint  not null check (credit_balance_cents <> 0),
  ledger_transaction_id uuid,
  primary key (period, currency, gl_code)
);

-- Value dates up to here are closed. Read with the clock by every batch, so that it costs a usual posting nothing.
alter table bank_clock add column closed_through date;

create trigger accounting_period_lines_stay before update or delete or truncate on accounting_period_lines
  for each statement execute function refuse_rewriting();
create trigger accounting_period_checks_stay before update or delete or truncate on accounting_period_checks
  for each statement execute function refuse_rewriting();

grant select, insert, update on ledger_proposals, accounting_periods, closing_entries to {app};
grant select, insert on accounting_period_lines, accounting_period_checks to {app};
grant select on ledger_proposals, accounting_periods, accounting_period_lines, accounting_period_checks, closing_entries to {reader};
