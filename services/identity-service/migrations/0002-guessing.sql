-- Wrong mailed codes of an address, known or not, of all lanes together. New codes renew the five tries of one; this count they don't renew.
create table code_failures (
  email_hash   text        primary key,
  failures     int         not null,
  window_start timestamptz not null
);
create index code_failures_age on code_failures (window_start);

-- Devices a user has signed in from, by keyed hash. Each has a count and a lock of its own: who fails from elsewhere does not lock it out.
create table known_devices (
  user_id      uuid        not null references users,
  device_hash  text        not null,
  failures     int         not null default 0,
  locked_until timestamptz,
  last_used_at timestamptz not null,
  primary key (user_id, device_hash)
);
create index known_devices_age on known_devices (last_used_at);

-- Set where the half-finished sign-in is that of a known device: a lock ends only the sign-ins that it is about.
alter table login_challenges add column device_hash text;

grant select, insert, update, delete on code_failures, known_devices to {app};
grant select on known_devices to {reader};
