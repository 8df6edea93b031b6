-- What reports are made of, so that none of them reads the entries of a bank's whole life. Everything here is written once, when a day's balances
-- are, and never again.

-- What each account did on a day whose value lies on another. `low` and `high` are the two days in their order: such an entry counts in one
-- of the two views and not in the other from `low` to the day before `high`.
create table shifted_balances (
  ledger_account_id uuid    not null,
  business_date     date    not null,
  value_date        date    not null check (value_date <> business_date),
  debits            numeric not null,
  credits           numeric not null,
  entries           bigint  not null check (entries > 0),
  low               date    not null generated always as (least(business_date, value_date)) stored,
  high              date    not null generated always as (greatest(business_date, value_date)) stored,
  -- How far the two lie apart, in powers of two: 2^reach to 2^(reach+1)-1 days. Whoever looks for the pairs around a day looks for each reach
  -- no further back than it goes.
  reach             int     not null generated always as (width_bucket(abs(value_date - business_date),
    '{2,4,8,16,32,64,128,256,512,1024,2048,4096,8192,16384,32768,65536,131072,262144,524288,1048576,2097152}'::int[])) stored,
  primary key (ledger_account_id, business_date, value_date)
);
create index shifted_balances_around on shifted_balances (ledger_account_id, reach, low) include (high, business_date, debits, credits);
create index shifted_balances_by_value on shifted_balances (ledger_account_id, value_date);

-- Each line of the chart in each currency at the end of a day: all debits and credits booked since the bank began. A day has a row for every line
-- that was ever used, so that one day's rows say it all.
create table gl_days (
  business_date date    not null,
  currency      char(3) not null,
  gl_code       text    not null,
  debits        numeric not null,
  credits       numeric not null,
  entries       bigint  not null,
  primary key (business_date, currency, gl_code)
);
create index gl_days_by_line on gl_days (currency, gl_code, business_date) include (debits, credits, entries);
-- The same of `shifted_balances` by line.
create table gl_shifts (
  currency      char(3) not null,
  gl_code       text    not null,
  business_date date    not null,
  value_date    date    not null check (value_date <> business_date),
  debits        numeric not null,
  credits       numeric not null,
  entries       bigint  not null,
  low           date    not null generated always as (least(business_date, value_date)) stored,
  high          date    not null generated always as (greatest(business_date, value_date)) stored,
  reach         int     not null generated always as (width_bucket(abs(value_date - business_date),
    '{2,4,8,16,32,64,128,256,512,1024,2048,4096,8192,16384,32768,65536,131072,262144,524288,1048576,2097152}'::int[])) stored,
  primary key (currency, gl_code, business_date, value_date)
);
create index gl_shifts_around on gl_shifts (reach, low) include (high, business_date, currency, gl_code, debits, credits, entries);
create index gl_shifts_by_value on gl_shifts (currency, gl_code, value_date);

-- Balances at the end of a day, and where in an account's sequence a day lies, are answered by the key alone.
alter table daily_balances drop constraint daily_balances_pkey;
alter table daily_balances add primary key (ledger_account_id, business_date)
  include (closing_cents, entry_count, last_sequence, debits_cents, credits_cents);

-- Closing entries are few, and a year's income is told without them.
create index journal_closings on journal_transactions (value_date) where business_event = 'CLOSING';
-- What was booked with metadata, by day: what is summed by it is looked for in a period.
create index journal_with_metadata on journal_transactions (business_date) where metadata is not null;

-- The days that were closed before.
insert into shifted_balances (ledger_account_id, business_date, value_date, debits, credits, entries)
select ledger_account_id, business_date, value_date, coalesce(sum(abs(signed_cents)) filter (where is_debit), 0),
  coalesce(sum(abs(signed_cents)) filter (where not is_debit), 0), count(*)
from entries e
where value_date <> business_date
  and exists (select from daily_balances d where d.ledger_account_id = e.ledger_account_id and d.business_date = e.business_date)
group by ledger_account_id, business_date, value_date;
insert into gl_shifts (currency, gl_code, business_date, value_date, debits, credits, entries)
select a.currency, a.gl_code, s.business_date, s.value_date, sum(s.debits), sum(s.credits), sum(s.entries)
from shifted_balances s join ledger_accounts a using (ledger_account_id)
group by a.currency, a.gl_code, s.business_date, s.value_date;
insert into gl_days (business_date, currency, gl_code, debits, credits, entries)
with moved as (
  select d.business_date, a.currency, a.gl_code, sum(d.debits_cents) as debits, sum(d.credits_cents) as credits, sum(d.entry_count) as entries
  from daily_balances d join ledger_accounts a using (ledger_account_id) group by d.business_date, a.currency, a.gl_code),
lines as (select currency, gl_code, min(business_date) as since from moved group by currency, gl_code),
days as (select distinct business_date from moved)
select days.business_date, lines.currency, lines.gl_code, sum(coalesce(moved.debits, 0)) over upto, sum(coalesce(moved.credits, 0)) over upto,
  sum(coalesce(moved.entries, 0)) over upto
from days join lines on lines.since <= days.business_date
left join moved on moved.business_date = days.business_date and moved.currency = lines.currency and moved.gl_code = lines.gl_code
window upto as (partition by lines.currency, lines.gl_code order by days.business_date);

create trigger shifted_balances_stay before update or delete or truncate on shifted_balances
  for each statement execute function refuse_rewriting();
create trigger gl_days_stay before update or delete or truncate on gl_days
  for each statement execute function refuse_rewriting();
create trigger gl_shifts_stay before update or delete or truncate on gl_shifts
  for each statement execute function refuse_rewriting();
grant select, insert on shifted_balances, gl_days, gl_shifts to {app};
grant select on shifted_balances, gl_days, gl_shifts to {reader};
