alter table products
  -- Parts per million a year.
  add column interest_rate_ppm   int not null default 0 check (interest_rate_ppm >= 0),
  -- Limits of a day: hundredths of the unit of the account's currency, whatever its minor unit is; null: no limit.
  add column default_daily_hundredths int check (default_daily_hundredths >= 0),
  add column highest_daily_hundredths int check (highest_daily_hundredths >= default_daily_hundredths);
update products set default_daily_hundredths = 1000000, highest_daily_hundredths = 5000000 where product_id <> 'business-current';
update products set default_daily_hundredths = 10000000, highest_daily_hundredths = 100000000 where product_id = 'business-current';
update products set interest_rate_ppm = 20000 where product_id = 'easy-savings';

alter table accounts
  add column nickname           text check (length(nickname) <= 60),
  add column statement_delivery text not null default 'NONE' check (statement_delivery in ('NONE', 'EMAIL')),
  -- Rises with every change of settings. The ledger ignores limits that carry an older one.
  add column settings_version   int  not null default 1 check (settings_version >= 1);
create index accounts_pending on accounts (customer_id) where status = 'PENDING';
create index accounts_of_product on accounts (product_id, account_id);

alter table state_commands drop constraint state_commands_command_check;
alter table state_commands add constraint state_commands_command_check
  check (command in ('ACTIVATE', 'FREEZE', 'UNFREEZE', 'CLOSE'));

-- What is known of customers here: fed by customer-service's events, asked for where none came yet.
create table customer_standing (
  customer_id uuid        primary key,
  kyc_status  text        not null check (kyc_status in ('PENDING', 'IN_REVIEW', 'VERIFIED', 'REJECTED', 'EXPIRED')),
  -- True once the customer was turned away for good: nothing is opened for him any more, and what is pending is closed.
  is_refused  boolean     not null,
  updated_at  timestamptz not null
);
create table customer_relations (
  customer_id         uuid   not null references customer_standing,
  related_customer_id uuid   not null,
  relation            text   not null check (relation in ('JOINT', 'DELEGATE')),
  capabilities        text[] not null check (capabilities <@ '{view,debit,manage}' and cardinality(capabilities) > 0),
  primary key (customer_id, related_customer_id)
);
-- True for rows that follow from a relation of the customer: they go with it, those made by hand stay.
alter table account_owners add column via_relation boolean not null default false;

-- The id of the first account of a customer, chosen before the ledger is told: a repeat opens the same one.
create table first_accounts (
  customer_id uuid primary key,
  account_id  uuid not null unique
);

create table account_log (
  account_id  uuid        not null references accounts,
  sequence    int         not null check (sequence >= 1),
  change_type text        not null,
  -- A user's id, or the name of a service.
  changed_by  text        not null,
  -- True when the bank did it, by staff or by itself: customers are not told who.
  by_bank     boolean     not null,
  changed_at  timestamptz not null,
  details     jsonb       not null,
  primary key (account_id, sequence)
);

-- Limits that the ledger is being told and that are not recorded yet: one at a time for an account. A job ends what a crash leaves behind.
create table limit_commands (
  account_id              uuid        primary key references accounts,
  command_id              uuid        not null unique,
  settings_version        int         not null,
  daily_limit_cents       bigint,
  monthly_limit_cents     bigint,
  low_balance_alert_cents bigint,
  statement_delivery      text        not null,
  changed_fields          text[]      not null,
  requested_by            text        not null,
  by_bank                 boolean     not null,
  requested_at            timestamptz not null,
  correlation_id          text        not null,
  traceparent             text        not null
);
create index limit_commands_age on limit_commands (requested_at);

-- Only accounts whose owner wants to be told: what is looked at when money moves.
create table low_balance_alerts (
  account_id      uuid    primary key references accounts,
  threshold_cents bigint  not null,
  -- True from the alert until the available balance is at the threshold again.
  is_low          boolean not null
);

create table interest_accruals (
  account_id      uuid           not null references accounts,
  business_date   date           not null,
  balance_cents   bigint         not null,
  rate_ppm        int            not null check (rate_ppm >= 0),
  -- Balance × rate summed over the month so far, exactly; divided by 365 × 1,000,000 it is the interest.
  month_sum       numeric(40, 0) not null check (month_sum >= 0),
  -- The same, divided and rounded half to even: what the bank owes for the month so far.
  accrued_cents   bigint         not null check (accrued_cents >= 0),
  primary key (account_id, business_date)
);

-- What interest moves in the books, written down before the ledger is told; the id is the key of the ledger's command.
create table interest_postings (
  posting_id            uuid        primary key,
  kind                  text        not null check (kind in ('ACCRUAL', 'PAYMENT')),
  -- For an accrual the day; for a payment the last day that it pays.
  business_date         date        not null,
  currency              char(3)     not null,
  amount_cents          bigint      not null check (amount_cents > 0),
  account_id            uuid        references accounts check ((account_id is not null) = (kind = 'PAYMENT')),
  ledger_transaction_id uuid,
  created_at            timestamptz not null
);
create unique index interest_payments on interest_postings (account_id, business_date) where kind = 'PAYMENT';
create index interest_postings_open on interest_postings (business_date) where ledger_transaction_id is null;

create table closings (
  closing_id        uuid        primary key,
  account_id        uuid        not null references accounts,
  payout_account_id uuid        not null references accounts,
  status            text        not null check (status in ('PENDING', 'COMPLETED', 'FAILED')),
  payout_cents      bigint,
  failure_code      text        check ((failure_code is not null) = (status = 'FAILED')),
  reason_code       text        not null,
  requested_by      text        not null,
  requested_at      timestamptz not null,
  ended_at          timestamptz check ((ended_at is not null) = (status <> 'PENDING')),
  correlation_id    text        not null,
  traceparent       text        not null
);
create unique index closings_under_way on closings (account_id) where status = 'PENDING';
create index closings_of_account on closings (account_id, closing_id desc);

-- The payouts of a closing, each written down before the ledger is told; one that is refused is followed by the next attempt.
create table closing_payouts (
  closing_id            uuid   not null references closings,
  attempt               int    not null check (attempt between 1 and 26),
  amount_cents          bigint not null check (amount_cents > 0),
  ledger_transaction_id uuid,
  refusal_code          text,
  primary key (closing_id, attempt)
);

create table statements (
  statement_id          uuid        primary key,
  account_id            uuid        not null references accounts,
  from_date             date        not null,
  to_date               date        not null,
  opening_balance_cents bigint      not null,
  closing_balance_cents bigint      not null,
  entry_count           int         not null,
  created_at            timestamptz not null,
  unique (account_id, to_date)
);
-- Months whose statements are being made, and how far they are.
create table statement_runs (
  to_date        date        primary key,
  last_account   uuid,
  requested_at   timestamptz not null,
  correlation_id text        not null,
  traceparent    text        not null
);

grant select, insert, update on customer_standing, customer_relations, low_balance_alerts, closings, closing_payouts, interest_postings,
  statement_runs to {app};
grant delete on customer_relations, low_balance_alerts, statement_runs to {app};
grant select, insert, delete on limit_commands to {app};
-- Written once.
grant select, insert on first_accounts, account_log, interest_accruals, statements to {app};
grant select on customer_standing, customer_relations, first_accounts, account_log, limit_commands, low_balance_alerts, interest_accruals,
  interest_postings, closings, closing_payouts, statements, statement_runs to {reader};
