-- Why a transfer could begin without, or with, strong customer authentication, and by which version of the policy.
alter table transactions
  add column sca        text check (sca in ('PROVED', 'CONSENT', 'API_KEY', 'TRUSTED_PAYEE', 'RECURRING', 'OWN_ACCOUNTS', 'LOW_VALUE')),
  add column sca_policy int;

-- Exemptions from strong customer authentication (Delegated Regulation (EU) 2018/389, articles 13 to 16). One person proposes a policy, another
-- decides; what is approved gets the next version and is never changed. The highest version is in force; without one the profile's own is.
create table sca_policies (
  policy_id                uuid        primary key,
  version                  int         unique,
  -- The version in force when it was proposed: a decision never overtakes one that was made meanwhile.
  based_on                 int         not null,
  status                   text        not null check (status in ('PROPOSED', 'APPROVED', 'REJECTED')),
  -- Amounts in hundredths of a currency's unit, whatever its minor unit is.
  low_value_hundredths       int       not null check (low_value_hundredths >= 0),
  low_value_total_hundredths int       check (low_value_total_hundredths >= 0),
  low_value_count            int       check (low_value_count >= 0),
  new_payee_hundredths       int       not null check (new_payee_hundredths >= 0),
  trusted_payee_hundredths   int       not null check (trusted_payee_hundredths >= 0),
  api_key_hundredths         int       not null check (api_key_hundredths >= 0),
  recurring_days             int       check (recurring_days > 0),
  has_own_accounts           boolean   not null,
  reason                   text        not null,
  proposed_by              text        not null,
  proposed_at              timestamptz not null,
  decided_by               text,
  decided_at               timestamptz,
  decision_reason          text,
  check ((version is not null) = (status = 'APPROVED')),
  constraint sca_policies_by_two check (decided_by <> proposed_by)
);

-- What each customer paid as low value since he last confirmed a payment (article 16): moves in the transfer's transaction.
create table sca_counters (
  customer_id      uuid   primary key,
  payment_count    int    not null,
  total_hundredths bigint not null
);
-- A row changes with nearly every transfer and none of its indexes with it.
alter table sca_counters set (fillfactor = 50);

-- Payments that a customer confirmed: the payees that he knows, and series of the same amount to the same payee (article 14).
create table sca_series (
  customer_id   uuid        not null,
  account_id    uuid        not null,
  amount_cents  bigint      not null,
  currency      char(3)     not null,
  -- When the last of the series began.
  last_at       timestamptz not null,
  primary key (customer_id, account_id, amount_cents, currency)
);

-- Consents to a payment, each used once, for ever.
create table used_consents (
  consent_id     uuid        primary key,
  transaction_id uuid        not null,
  used_at        timestamptz not null
);

-- Payees that a customer confirmed as trusted (article 13).
alter table beneficiaries add column trusted_at timestamptz;

grant select, insert, update on sca_policies, sca_counters, sca_series to {app};
grant select, insert on used_consents to {app};
grant select on sca_policies, sca_counters, sca_series, used_consents to {reader};
