-- People who sign in. What identifies a person is encrypted; the e-mail is found by its keyed hash.
create table users (
  user_id               uuid        primary key,
  email_hash            text        not null constraint users_email_hash unique,
  email_encrypted       text        not null,
  first_name_encrypted  text        not null,
  last_name_encrypted   text        not null,
  -- A PHC string, or '' when no password stands (see is_contested).
  password_hash         text        not null,
  customer_id           uuid        constraint users_customer_id unique,
  roles                 text[]      not null default '{}',
  is_verified           boolean     not null default false,
  -- Registered again, before it was proved, with another password: then none of them is trusted.
  is_contested          boolean     not null default false,
  is_active             boolean     not null default true,
  failed_login_attempts int         not null default 0,
  locked_until          timestamptz,
  mfa_enabled           boolean     not null default false,
  created_by            text        not null,
  created_at            timestamptz not null,
  updated_at            timestamptz not null
);

-- Wrong tries per address, known to the bank or not: the answers must not tell which. `kind` is LOGIN, VERIFY or RESET.
create table address_attempts (
  email_hash   text        not null,
  kind         text        not null check (kind in ('LOGIN', 'VERIFY', 'RESET')),
  failures     int         not null,
  locked_until timestamptz,
  updated_at   timestamptz not null,
  primary key (email_hash, kind)
);
create index address_attempts_age on address_attempts (updated_at);

-- Failed sign-ins per network source in its current window.
create table source_attempts (
  ip_hash      text        primary key,
  failures     int         not null,
  window_start timestamptz not null
);

-- Codes that prove an address (VERIFY) or allow a new password (RESET). A new one voids the old.
create table one_time_codes (
  code_id     uuid        primary key,
  user_id     uuid        not null references users,
  purpose     text        not null check (purpose in ('VERIFY', 'RESET')),
  code_hash   text        not null,
  expires_at  timestamptz not null,
  consumed_at timestamptz,
  voided_at   timestamptz
);
create unique index one_time_codes_live on one_time_codes (user_id, purpose) where consumed_at is null and voided_at is null;
create index one_time_codes_age on one_time_codes (expires_at);

-- Mails per address and lane, so that nobody's mailbox can be flooded through us. An unknown address is counted as if it were mailed: how
-- often a code can be asked for, and with it five tries, must not tell the two apart.
create table mails (
  mail_id    uuid        primary key,
  email_hash text        not null,
  lane       text        not null check (lane in ('VERIFY', 'RESET', 'NOTICE')),
  sent_at    timestamptz not null
);
create index mails_recent on mails (email_hash, lane, sent_at);
create index mails_age on mails (sent_at);

create table sessions (
  session_id       uuid        primary key,
  user_id          uuid        not null references users,
  status           text        not null check (status in ('ACTIVE', 'EXPIRED', 'REVOKED')),
  device_id        text,
  client_id        text,
  scopes           text[]      not null default '{}',
  amr              text[]      not null,
  authenticated_at timestamptz not null,
  created_at       timestamptz not null,
  last_accessed_at timestamptz not null,
  -- When it ends if nothing happens; a refresh moves it, never past ends_at.
  expires_at       timestamptz not null,
  ends_at          timestamptz not null,
  revoked_at       timestamptz,
  revoked_reason   text
);
create index sessions_of_user on sessions (user_id) where status = 'ACTIVE';
create index sessions_revoked on sessions (revoked_at, session_id) where revoked_at is not null;
create index sessions_ending on sessions (expires_at) where status = 'ACTIVE';

-- One row per refresh token ever given; the session is its family. The successor can be read only with the token itself.
create table refresh_tokens (
  token_hash          text        primary key,
  session_id          uuid        not null references sessions on delete cascade,
  issued_at           timestamptz not null,
  expires_at          timestamptz not null,
  used_at             timestamptz,
  successor_encrypted text
);
create index refresh_tokens_of_session on refresh_tokens (session_id);

create table factors (
  factor_id        uuid        primary key,
  user_id          uuid        not null references users,
  factor_type      text        not null check (factor_type = 'TOTP'),
  secret_encrypted text        not null,
  tries            int         not null default 0,
  confirmed_at     timestamptz,
  last_used_at     timestamptz,
  -- The 30-second step of the last accepted code: each step counts once.
  last_used_step   bigint,
  created_at       timestamptz not null,
  constraint factors_one_per_type unique (user_id, factor_type)
);

create table recovery_codes (
  user_id   uuid        not null references users,
  code_hash text        not null,
  used_at   timestamptz,
  primary key (user_id, code_hash)
);

-- Sign-ins that still lack their second factor.
create table login_challenges (
  challenge_id uuid        primary key,
  user_id      uuid        not null references users,
  device_id    text,
  tries        int         not null default 0,
  created_at   timestamptz not null,
  expires_at   timestamptz not null
);
create index login_challenges_of_user on login_challenges (user_id);
create index login_challenges_age on login_challenges (expires_at);

-- Keys of access tokens: one signs, those before it still verify until their last token has expired.
create table signing_keys (
  kid                   text        primary key,
  private_jwk_encrypted text        not null,
  public_jwk            json        not null,
  created_at            timestamptz not null,
  retired_at            timestamptz
);
create unique index signing_keys_one_active on signing_keys ((true)) where retired_at is null;

-- The sandbox's mail, encrypted; nothing is written here in production.
create table mailbox (
  mail_id           uuid        primary key,
  to_hash           text        not null,
  content_encrypted text        not null,
  sent_at           timestamptz not null
);
create index mailbox_of_address on mailbox (to_hash, mail_id desc);

grant select, insert, update on users, one_time_codes, sessions, factors, signing_keys to {app};
grant delete on one_time_codes, sessions, factors to {app};
grant select, insert, update, delete on address_attempts, source_attempts, refresh_tokens, recovery_codes, login_challenges to {app};
grant select, insert, delete on mails, mailbox to {app};
grant select on users, address_attempts, source_attempts, sessions, factors, recovery_codes, signing_keys, mailbox to {reader};
