-- One table for everything that somebody has to confirm with a factor: a sign-in, a step-up, a consent, a change of factors. Sign-ins that
-- were half finished when this ran start again; they last five minutes.
drop table login_challenges;
create table challenges (
  challenge_id      uuid        primary key,
  user_id           uuid        not null references users,
  purpose           text        not null check (purpose in ('LOGIN', 'STEP_UP', 'CONSENT', 'ENROL')),
  state             text        not null default 'OPEN' check (state in ('OPEN', 'APPROVED', 'DENIED', 'USED')),
  -- The session that it is bound to: nobody else answers it. Null where nobody is signed in yet.
  session_id        uuid,
  device_id         text,
  -- Set where it is that of a known device: a lock ends only the challenges that it is about.
  device_hash       text,
  -- base64url SHA-256 of what is confirmed (PSD2 RTS art. 5): every code and assertion is bound to it.
  digest            text,
  -- What the person is shown, sealed.
  shown_encrypted   text,
  -- What was proved before (RFC 8176).
  amr               text[]      not null,
  tries             int         not null default 0,
  -- What the last WebAuthn request asked to sign, base64url.
  passkey_challenge text,
  -- The number that the person types on the phone, against approvals by reflex.
  match_number      text,
  pushed_at         timestamptz,
  -- The device whose key approved it.
  approved_by       uuid,
  created_at        timestamptz not null,
  expires_at        timestamptz not null
);
create index challenges_of_user on challenges (user_id);
create index challenges_age on challenges (expires_at);

-- Codes that were sent for a challenge; a new one voids the one before.
create table challenge_codes (
  challenge_id uuid        not null references challenges on delete cascade,
  channel      text        not null check (channel in ('SMS', 'EMAIL')),
  code_hash    text        not null,
  digest       text,
  sent         int         not null default 1,
  expires_at   timestamptz not null,
  primary key (challenge_id, channel)
);

alter table mails drop constraint mails_lane_check;
alter table mails add constraint mails_lane_check check (lane in ('VERIFY', 'RESET', 'NOTICE', 'SMS', 'EMAIL'));

-- Telephone numbers stand sealed where a TOTP secret does; a mailbox has neither, its address is the user's.
alter table factors drop constraint factors_factor_type_check;
alter table factors add constraint factors_factor_type_check check (factor_type in ('TOTP', 'SMS', 'EMAIL'));
alter table factors add column code_hash text;
alter table factors add column code_expires_at timestamptz;

-- WebAuthn credentials. The public key is COSE, as the authenticator gave it.
create table passkeys (
  passkey_id      uuid        primary key,
  user_id         uuid        not null references users,
  credential_id   text        not null constraint passkeys_credential unique,
  public_key      bytea       not null,
  sign_count      bigint      not null,
  transports      text[]      not null,
  aaguid          uuid        not null,
  -- False for those that a provider copies to other devices of the person (backup eligible, WebAuthn §6.1.3).
  is_device_bound boolean     not null,
  is_backed_up    boolean     not null,
  name            text        not null,
  created_at      timestamptz not null,
  last_used_at    timestamptz
);
create index passkeys_of_user on passkeys (user_id);

-- What a browser was asked to sign for somebody who is not known yet (sign-in without a name) or for a new passkey. One use each.
create table passkey_ceremonies (
  ceremony_id uuid        primary key,
  kind        text        not null check (kind in ('REGISTER', 'SIGN_IN')),
  user_id     uuid        references users,
  session_id  uuid,
  challenge   text        not null,
  expires_at  timestamptz not null
);
create index passkey_ceremonies_age on passkey_ceremonies (expires_at);

-- Devices a user signed in from, for the person to see. What counts failures and is forgotten with a password is in known_devices.
create table devices (
  device_id         uuid        primary key,
  user_id           uuid        not null references users,
  device_hash       text        not null,
  name_encrypted    text,
  is_trusted        boolean     not null default false,
  -- The key that signs approvals, as a JWK; null where the device approves nothing.
  public_jwk        json,
  key_added_at      timestamptz,
  cooling_off_until timestamptz not null,
  first_seen_at     timestamptz not null,
  last_seen_at      timestamptz not null,
  constraint devices_of_user unique (user_id, device_hash)
);

-- Devices that were known before are not new: their time of cooling off is over.
insert into devices (device_id, user_id, device_hash, cooling_off_until, first_seen_at, last_seen_at)
select gen_random_uuid(), user_id, device_hash, last_used_at, last_used_at, last_used_at from known_devices;

grant select, insert, update, delete on challenges, challenge_codes, passkeys, passkey_ceremonies, devices to {app};
grant select on challenges, passkeys, devices to {reader};
