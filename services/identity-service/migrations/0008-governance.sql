-- What is done to users by two persons. A proposal is written once, its decision beside it once: neither is changed or deleted (by privilege).
create table user_proposals (
  proposal_id       uuid        primary key,
  user_id           uuid        not null references users,
  kind              text        not null check (kind in ('ROLES', 'UNLOCK', 'FACTOR_RESET', 'REACTIVATION')),
  -- The reason, and of ROLES those before and those wished.
  details_encrypted text        not null,
  -- Never the user whom it is about.
  proposed_by       text        not null check (proposed_by <> user_id::text),
  proposed_at       timestamptz not null,
  expires_at        timestamptz not null,
  -- For the decision's own check of four eyes.
  constraint user_proposals_persons unique (proposal_id, user_id, proposed_by)
);
create index user_proposals_of_user on user_proposals (user_id, proposal_id);
create index user_proposals_expiring on user_proposals (expires_at);

create table user_proposal_decisions (
  proposal_id               uuid        primary key,
  user_id                   uuid        not null,
  proposed_by               text        not null,
  status                    text        not null check (status in ('APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')),
  decided_by                text,
  decided_at                timestamptz not null,
  decision_reason_encrypted text,
  foreign key (proposal_id, user_id, proposed_by) references user_proposals (proposal_id, user_id, proposed_by),
  check (case status
    when 'EXPIRED' then decided_by is null
    when 'WITHDRAWN' then decided_by is not distinct from proposed_by
    else decided_by is not null and decided_by <> proposed_by and decided_by <> user_id::text end)
);

-- Keys of programs that act for a customer. Each has a session, which says whether and how long it stands; so it is revoked like any other.
create table api_keys (
  key_id           uuid        primary key,
  session_id       uuid        not null constraint api_keys_session unique references sessions on delete cascade,
  user_id          uuid        not null references users,
  customer_id      uuid        not null,
  name_encrypted   text        not null,
  scopes           text[]      not null check (cardinality(scopes) > 0),
  -- Null: every account of the customer.
  account_ids      uuid[]      check (cardinality(account_ids) > 0),
  -- Null: from anywhere.
  networks         cidr[]      check (cardinality(networks) > 0),
  max_amount_cents bigint      check (max_amount_cents > 0),
  max_day_cents    bigint      check (max_day_cents > 0),
  created_at       timestamptz not null,
  last_used_at     timestamptz
);
create index api_keys_of_user on api_keys (user_id, key_id);

-- The secrets of a key by hash: the present one, and after a rotation for a while the one before.
create table api_key_secrets (
  secret_hash text        primary key,
  key_id      uuid        not null references api_keys on delete cascade,
  created_at  timestamptz not null,
  -- Null: as long as the key.
  expires_at  timestamptz
);
create unique index api_key_secrets_present on api_key_secrets (key_id) where expires_at is null;
create index api_key_secrets_of_key on api_key_secrets (key_id);

grant select, insert on user_proposals, user_proposal_decisions to {app};
grant select, insert, update on api_keys to {app};
grant select, insert, update, delete on api_key_secrets to {app};
grant select on user_proposals, user_proposal_decisions, api_keys to {reader};
grant select (key_id, created_at, expires_at) on api_key_secrets to {reader};
