-- Values that were set; a setting without a row, or with version 0, has the default of the catalogue.
create table system_settings (
  setting_key     text primary key,
  value_encrypted text,
  version         int  not null check (version >= 0),
  changed_by      text,
  changed_at      timestamptz,
  check ((version = 0) = (value_encrypted is null)),
  check ((version = 0) = (changed_by is null)),
  check ((version = 0) = (changed_at is null))
);

-- Every value that a setting has had, for ever.
create table system_setting_history (
  setting_key     text        not null references system_settings,
  version         int         not null check (version > 0),
  value_encrypted text        not null,
  reason          text        not null,
  changed_by      text        not null,
  approved_by     text        check (approved_by <> changed_by),
  changed_at      timestamptz not null,
  primary key (setting_key, version)
);

-- What waits for a person, and what was decided. Of others' subjects it is an alias: their service decides.
create table approvals (
  approval_id      uuid        primary key,
  subject_type     text        not null check (subject_type in ('TRANSACTION', 'KYC', 'SETTING')),
  subject_id       text        not null,
  rule             text        not null,
  summary          text        not null,
  status           text        not null check (status in ('PENDING', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  requested_by     text,
  request_reason   text,
  requested_at     timestamptz not null,
  -- Who is deciding at the subject's service just now: what its event says of nobody was done by this person.
  claimed_by       text,
  claimed_decision text        check (claimed_decision in ('APPROVED', 'REJECTED')),
  claimed_reason   text,
  claimed_at       timestamptz,
  decided_by       text,
  decided_at       timestamptz,
  reason           text,
  check ((status = 'PENDING') = (decided_at is null)),
  check ((claimed_by is null) = (claimed_at is null) and (claimed_by is null) = (claimed_decision is null))
);
create unique index approvals_pending_once on approvals (subject_type, subject_id) where status = 'PENDING';
create unique index approvals_transaction_once on approvals (subject_id) where subject_type = 'TRANSACTION';
create index approvals_by_status on approvals (status, approval_id);
create index approvals_by_type on approvals (status, subject_type, approval_id);

-- The value that a SETTING approval is about, and the one it would replace.
create table setting_proposals (
  approval_id            uuid primary key references approvals,
  setting_key            text not null,
  value_encrypted        text not null,
  value_before_encrypted text not null
);

grant select, insert, update on system_settings, approvals to {app};
grant select, insert on system_setting_history, setting_proposals to {app};
grant select on system_settings, system_setting_history, approvals, setting_proposals to {reader};
