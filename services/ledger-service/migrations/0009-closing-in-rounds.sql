-- A year is closed in rounds: what an adjustment brought while its closing entries were booked is carried over by those of the next one. Where to
-- is what the mapping says when they are computed.
alter table closing_entries
  add column round int not null default 1 check (round > 0),
  add column result_gl_code text not null default 'RETAINED_EARNINGS' references gl_accounts,
  drop constraint closing_entries_pkey,
  add primary key (period, round, currency, gl_code);

-- A close knows the sealed journal up to a seal: its lines hold what counts up to its last day, and here is what counts later, so that the
-- next close begins at this one and not at the bank's first day. Those of before have none.
alter table accounting_periods add column seal_no bigint;
create table accounting_period_ahead (
  period     text    not null references accounting_periods,
  value_date date    not null,
  currency   char(3) not null,
  gl_code    text    not null,
  debits     numeric not null,
  credits    numeric not null,
  primary key (period, value_date, currency, gl_code)
);
create trigger accounting_period_ahead_stay before update or delete or truncate on accounting_period_ahead
  for each statement execute function refuse_rewriting();

-- Everything is compared each night, and whenever somebody orders it: one of each at a time.
alter table reconciliations add column is_nightly boolean not null default false;
drop index reconciliations_one_running;
create unique index reconciliations_one_running on reconciliations (is_nightly) where status = 'RUNNING';

grant select, insert on accounting_period_ahead to {app};
grant select on accounting_period_ahead to {reader};
