create table fraud_rules (
  rule_id     text        primary key,
  measure     text        not null check (measure in ('AMOUNT', 'VELOCITY_COUNT', 'VELOCITY_AMOUNT', 'NEW_PAYEE_AMOUNT')),
  -- Seconds; only velocity is measured over a window.
  window_s    int         not null check ((window_s > 0) = (measure in ('VELOCITY_COUNT', 'VELOCITY_AMOUNT'))),
  -- Minor units of the transfer's currency, or a number of transfers; the rule fires above it.
  threshold   bigint      not null check (threshold >= 0),
  decision    text        not null check (decision in ('ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK')),
  score       int         not null check (score between 0 and 1000),
  is_active   boolean     not null,
  description text        not null,
  updated_by  text        not null,
  updated_at  timestamptz not null
);
insert into fraud_rules (rule_id, measure, window_s, threshold, decision, score, is_active, description, updated_by, updated_at) values
  ('amount-block', 'AMOUNT', 0, 100000000, 'BLOCK', 1000, true, 'A single transfer above 1,000,000.00', 'migration', '2026-01-01Z'),
  ('amount-review', 'AMOUNT', 0, 1000000, 'REVIEW', 600, true, 'A single transfer above 10,000.00', 'migration', '2026-01-01Z'),
  ('new-payee-amount', 'NEW_PAYEE_AMOUNT', 0, 500000, 'REVIEW', 400, true,
    'More than 5,000.00 to an account that was never paid before', 'migration', '2026-01-01Z'),
  ('velocity-amount', 'VELOCITY_AMOUNT', 86400, 2000000, 'REVIEW', 500, true, 'More than 20,000.00 within a day', 'migration', '2026-01-01Z'),
  ('velocity-count', 'VELOCITY_COUNT', 3600, 100, 'REVIEW', 500, true, 'More than 100 transfers within an hour', 'migration', '2026-01-01Z');

-- The verdicts, one for each transaction, for ever.
create table fraud_checks (
  transaction_id     uuid        primary key,
  account_id         uuid        not null,
  related_account_id uuid,
  amount_cents       bigint      not null check (amount_cents > 0),
  currency           char(3)     not null,
  decision           text        not null check (decision in ('ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK')),
  fraud_score        int         not null check (fraud_score between 0 and 1000),
  reason_codes       text[]      not null,
  checked_at         timestamptz not null
);

-- One row per account: the lock under which its transfers are counted, and how far the count has come.
create table account_velocity (
  account_id     uuid        primary key,
  activity_count bigint      not null,
  counted_cents  bigint      not null,
  counted_at     timestamptz not null
) with (fillfactor = 70);

-- One row per counted transfer, with the count and the sum up to and including it: what happened within any window is the difference of
-- two rows, however many lie between them. The sum wraps around at 64 bits, which differences survive.
create table account_activity (
  account_id      uuid        not null,
  counted_at      timestamptz not null,
  activity_number bigint      not null,
  transaction_id  uuid        not null,
  amount_cents    bigint      not null,
  counted_cents   bigint      not null,
  primary key (account_id, counted_at, activity_number)
);
-- For the job that forgets what is older than any window.
create index account_activity_age on account_activity (counted_at);

create table known_payees (
  account_id         uuid        not null,
  related_account_id uuid        not null,
  first_seen_at      timestamptz not null,
  primary key (account_id, related_account_id)
);

grant select, insert, update on fraud_rules, account_velocity to {app};
grant select, insert on fraud_checks, known_payees to {app};
grant select, insert, delete on account_activity to {app};
grant select on fraud_rules, fraud_checks, account_velocity, account_activity, known_payees to {reader};
