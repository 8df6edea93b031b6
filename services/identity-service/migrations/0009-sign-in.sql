-- Since when the password is known to be in a public breach; null while it is not, or nobody looked.
alter table users add column password_breached_at timestamptz;

-- How long a network source has to wait, and how often it had to: who tries many addresses is slowed before he is stopped.
alter table source_attempts add column slowed_until timestamptz;
alter table source_attempts add column times_slowed int not null default 0;

-- Which addresses failed with one password, and from one source, within an hour. Everything is a keyed hash of that hour, and that of a
-- password is cut so short that thousands of passwords share one: nothing here says what was typed, nor for whom.
create table guessed_addresses (
  bucket      text        not null,
  address_tag text        not null,
  hour        timestamptz not null,
  primary key (bucket, address_tag)
);
create index guessed_addresses_age on guessed_addresses (hour);

-- A browser's cookie is exchanged when its session becomes a stronger one; what was under way with the one before is answered for seconds.
alter table web_sessions add column previous_hash text constraint web_sessions_previous unique;
alter table web_sessions add column rotated_at timestamptz;
grant update on web_sessions to {app};

-- Invitations of staff to enrol a passkey, by the hash of what the link holds.
create table staff_invitations (
  token_hash text        primary key,
  user_id    uuid        not null references users,
  -- What the browser was asked to sign (WebAuthn), once it has begun.
  challenge  text,
  expires_at timestamptz not null,
  used_at    timestamptz,
  created_at timestamptz not null
);
create index staff_invitations_of_user on staff_invitations (user_id);
create index staff_invitations_age on staff_invitations (expires_at);

grant select, insert, update, delete on guessed_addresses, staff_invitations to {app};
