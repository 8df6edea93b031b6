-- What a delegate may let out of an account by one payment, and in a business day; null: as much as the account does.
alter table account_owners
  add column max_amount_cents bigint check (max_amount_cents >= 0),
  add column max_day_cents    bigint check (max_day_cents >= 0),
  add constraint account_owners_limits check (
    (max_amount_cents is null) = (max_day_cents is null) and (max_day_cents is null or relation = 'DELEGATE'));
grant update (max_amount_cents, max_day_cents) on account_owners to {app};

-- How far an owner may raise his limits again where staff lowered them; null: as far as the product goes.
alter table accounts
  add column daily_ceiling_cents   bigint check (daily_ceiling_cents >= 0),
  add column monthly_ceiling_cents bigint check (monthly_ceiling_cents >= 0);
-- They change with the limits; of what was approved by a second person, the proposal and that person.
alter table limit_commands
  add column daily_ceiling_cents   bigint,
  add column monthly_ceiling_cents bigint,
  add column proposal_id           uuid,
  add column approved_by           text,
  add column decision_reason_encrypted text;
-- Commands that stand while this runs change no ceiling: what lowered a limit before today is not known to have.

-- Limits beyond what an owner may set himself: one officer proposes, another decides. Written once; so is the decision.
create table limit_proposals (
  proposal_id         uuid        primary key,
  account_id          uuid        not null references accounts,
  -- What is wished; a limit that is not named stays.
  changes_daily       boolean     not null,
  changes_monthly     boolean     not null check (changes_daily or changes_monthly),
  daily_limit_cents   bigint      check (daily_limit_cents is null or changes_daily),
  monthly_limit_cents bigint      check (monthly_limit_cents is null or changes_monthly),
  reason_encrypted    text        not null,
  proposed_by         text        not null,
  proposed_at         timestamptz not null,
  expires_at          timestamptz not null,
  constraint limit_proposals_maker unique (proposal_id, proposed_by)
);
create index limit_proposals_of_account on limit_proposals (account_id, proposal_id);
create index limit_proposals_expiring on limit_proposals (expires_at);

create table limit_proposal_decisions (
  proposal_id               uuid        primary key,
  proposed_by               text        not null,
  status                    text        not null check (status in ('APPROVED', 'REJECTED', 'EXPIRED')),
  decided_by                text        check (decided_by <> proposed_by),
  decided_at                timestamptz not null,
  decision_reason_encrypted text,
  foreign key (proposal_id, proposed_by) references limit_proposals (proposal_id, proposed_by),
  check ((status = 'EXPIRED') = (decided_by is null))
);

grant select, insert on limit_proposals, limit_proposal_decisions to {app};
grant select on limit_proposals, limit_proposal_decisions to {reader};
