-- The business date is the authority for what is booked; the clock may be behind the wall's while a sandbox makes its history, and is moved
-- over midnights day by day.
alter table bank_clock drop constraint bank_clock_offset_ms_check;
alter table bank_clock
  add column moving_to timestamptz,
  add column joins_wall boolean not null default false,
  -- Rises with each change, so that a process never takes an older row for news.
  add column version bigint not null default 0;

-- Entries know their day. They are append-only for the owner too, so the rows that stand already get theirs with the triggers off.
alter table entries add column business_date date;
alter table entries disable trigger entries_stay;
alter table entries disable trigger entries_rows_stay;
update entries e set business_date = j.business_date
from journal_transactions j where j.ledger_transaction_id = e.ledger_transaction_id;
alter table entries alter column business_date set not null;
alter table entries enable trigger entries_stay;
alter table entries enable trigger entries_rows_stay;
-- Days come one after the other, so the few pages of one are found without an index that every posting would pay for.
create index entries_by_business_date on entries using brin (business_date) with (pages_per_range = 16);

-- Taken out by a customer without a hold: counted against the limits of the debited accounts.
alter table journal_transactions add column is_limited boolean not null default false;

-- What may leave an account in a day and a month of the bank's calendar, and has, as of the day `debited_on`.
alter table ledger_accounts
  add column daily_limit_cents bigint check (daily_limit_cents between 0 and 9007199254740991),
  add column monthly_limit_cents bigint check (monthly_limit_cents between 0 and 9007199254740991),
  add column limits_version int not null default 0,
  add column debited_today_cents bigint not null default 0 check (debited_today_cents >= 0),
  add column debited_month_cents bigint not null default 0 check (debited_month_cents >= debited_today_cents),
  add column debited_on date;
-- The day that a hold counts in.
alter table holds add column business_date date;
update holds set business_date = (placed_at at time zone 'UTC')::date;
alter table holds alter column business_date set not null;
update ledger_accounts a set debited_on = c.business_date, debited_today_cents = coalesce(h.today, 0), debited_month_cents = coalesce(h.month, 0)
from bank_clock c, (
  select ledger_account_id,
    sum(case status when 'ACTIVE' then amount_cents else captured_cents end) filter (where h.business_date = c.business_date) as today,
    sum(case status when 'ACTIVE' then amount_cents else captured_cents end) as month
  from holds h, bank_clock c where date_trunc('month', h.business_date) = date_trunc('month', c.business_date) group by ledger_account_id) h
where h.ledger_account_id = a.ledger_account_id;

-- A business day: open, being closed, closed; and the totals of everything booked up to its end, per currency.
create table periods (
  business_date date        primary key,
  status        text        not null check (status in ('OPEN', 'CLOSING', 'CLOSED')),
  closed_at     timestamptz
);
create table period_totals (
  business_date date    not null,
  currency      char(3) not null,
  -- Of the day.
  entries       bigint  not null,
  -- Since the bank began.
  debits  numeric not null,
  credits numeric not null,
  primary key (business_date, currency)
);

-- One row for each account that moved on a day. The balance at the end of any day is that of the last row up to it.
create table daily_balances (
  ledger_account_id uuid   not null,
  business_date     date   not null,
  opening_cents     bigint not null,
  debits_cents      bigint not null,
  credits_cents     bigint not null,
  closing_cents     bigint not null,
  entry_count       bigint not null check (entry_count > 0),
  last_sequence     bigint not null,
  primary key (ledger_account_id, business_date)
);
create index daily_balances_by_day on daily_balances (business_date, ledger_account_id);

create table end_of_day_runs (
  run_id          uuid        primary key,
  business_date   date        not null unique,
  status          text        not null check (status in ('RUNNING', 'STUCK', 'COMPLETED')),
  -- The step that comes next or is under way; null at the end.
  step            text,
  -- How far the accrual came.
  accrual_cursor  text,
  error           text,
  attempts        int         not null,
  next_attempt_at timestamptz not null,
  started_at      timestamptz not null,
  completed_at    timestamptz
);
-- Days are closed one after the other.
create unique index end_of_day_runs_one_open on end_of_day_runs ((true)) where status <> 'COMPLETED';
create table end_of_day_steps (
  run_id       uuid        not null references end_of_day_runs,
  step         text        not null check (step in ('CUT_OFF', 'EXPIRE_HOLDS', 'SNAPSHOT', 'ACCRUE', 'RECONCILE', 'CLOSE')),
  items        bigint      not null,
  started_at   timestamptz not null,
  completed_at timestamptz,
  primary key (run_id, step)
);

create table reconciliations (
  run_id        uuid        primary key,
  scope         text        not null check (scope in ('DAY', 'FULL')),
  business_date date        not null,
  status        text        not null check (status in ('RUNNING', 'PASSED', 'FAILED')),
  accounts      bigint      not null,
  started_at    timestamptz not null,
  completed_at  timestamptz
);
create unique index reconciliations_one_running on reconciliations ((true)) where status = 'RUNNING';
create table reconciliation_differences (
  run_id            uuid   not null references reconciliations,
  ledger_account_id uuid   not null,
  cached_cents      bigint not null,
  computed_cents    bigint not null,
  primary key (run_id, ledger_account_id)
);

-- The days of books that were kept before days were closed.
insert into daily_balances
select ledger_account_id, business_date,
  (array_agg(balance_cents - signed_cents order by sequence))[1],
  coalesce(sum(abs(signed_cents)) filter (where side = 'DEBIT'), 0), coalesce(sum(abs(signed_cents)) filter (where side = 'CREDIT'), 0),
  (array_agg(balance_cents order by sequence desc))[1], count(*), max(sequence)
from entries where business_date < (select business_date from bank_clock)
group by ledger_account_id, business_date;
insert into period_totals
select business_date, currency, entries, sum(debits) over upto, sum(credits) over upto
from (
  select d.business_date, a.currency, sum(d.entry_count) as entries, sum(d.debits_cents) as debits,
    sum(d.credits_cents) as credits
  from daily_balances d join ledger_accounts a using (ledger_account_id) group by d.business_date, a.currency) as days
window upto as (partition by currency order by business_date);
insert into periods select distinct business_date, 'CLOSED', (business_date + 1)::timestamp at time zone 'UTC' from period_totals;
insert into periods select business_date, 'OPEN', null from bank_clock;

grant select, insert, update on periods, end_of_day_runs, end_of_day_steps, reconciliations to {app};
-- The snapshot of a day is never written again.
grant select, insert on daily_balances, period_totals, reconciliation_differences to {app};
grant select on periods, period_totals, daily_balances, end_of_day_runs, end_of_day_steps, reconciliations, reconciliation_differences to {reader};
