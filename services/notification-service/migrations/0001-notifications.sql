-- Where each user's list has come to: the lock under which positions are given, so that they rise in the order of commits and a stream that
-- has seen one has seen all before it.
create table user_feeds (
  user_id       uuid   primary key,
  last_position bigint not null,
  unread_count  int    not null check (unread_count >= 0)
) with (fillfactor = 70);

-- The list in the app. Title and body are personal: sealed, readable with the service's key only.
create table notifications (
  notification_id   uuid        not null,
  user_id           uuid        not null,
  position          bigint      not null,
  template_id       text        not null,
  category          text        not null check (category in ('TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE')),
  content_encrypted text        not null,
  subject_type      text        not null,
  subject_id        text,
  read_at           timestamptz,
  created_at        timestamptz not null,
  correlation_id    text        not null,
  primary key (notification_id)
) partition by range (notification_id);
create index notifications_of_user on notifications (user_id, position desc);
create index notifications_unread on notifications (user_id, position desc) where read_at is null;

-- Which event a user was told of, so that one that is delivered again tells nobody twice. Not partitioned: a partition's key could not keep
-- this unique.
create table told_events (
  event_id uuid        not null,
  user_id  uuid        not null,
  told_at  timestamptz not null,
  primary key (event_id, user_id)
);
create index told_events_age on told_events using brin (told_at);

-- How a notification goes out besides the list. PENDING belongs to a job; FAILED may still be sent when its dead letter is put back.
create table deliveries (
  delivery_id     uuid        not null,
  notification_id uuid        not null,
  user_id         uuid        not null,
  template_id     text        not null,
  channel         text        not null check (channel in ('EMAIL', 'SMS', 'PUSH')),
  status          text        not null check (status in ('PENDING', 'SENT', 'FAILED', 'SUPPRESSED')),
  reason          text,
  created_at      timestamptz not null,
  sent_at         timestamptz,
  primary key (delivery_id)
) partition by range (delivery_id);
create index deliveries_of_notification on deliveries (notification_id);
insert into partition_fill (parent, fillfactor) values ('deliveries', 70);

-- Mails that another service wrote. Their text and address are in the sealed job alone.
create table mails (
  mail_id     uuid        primary key,
  user_id     uuid,
  status      text        not null check (status in ('PENDING', 'SENT', 'FAILED')),
  reason      text,
  accepted_at timestamptz not null,
  sent_at     timestamptz
);
create index mails_age on mails using brin (accepted_at);

-- What the sandbox sent, instead of a mail server: address and text sealed, found by the keyed hash of the address.
create table mailbox (
  mail_id           uuid        primary key,
  channel           text        not null check (channel in ('EMAIL', 'SMS', 'PUSH')),
  to_hash           text        not null,
  content_encrypted text        not null,
  sent_at           timestamptz not null
);
create index mailbox_of_address on mailbox (to_hash, mail_id desc);

-- Who signs in for a customer, and whose accounts are whose, as events told or their owners answered.
create table recipients (
  customer_id uuid primary key,
  user_id     uuid not null
);
create table known_accounts (
  account_id           uuid primary key,
  account_number_last4 text not null
);
create table account_owners (
  account_id   uuid   not null,
  customer_id  uuid   not null,
  capabilities text[] not null,
  primary key (account_id, customer_id)
);

-- What users chose; who chose nothing has the defaults of the code.
create table preferences (
  user_id    uuid        not null,
  category   text        not null check (category in ('TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE')),
  channels   text[]      not null,
  updated_at timestamptz not null,
  primary key (user_id, category)
);
create table user_languages (
  user_id    uuid        primary key,
  language   text        not null check (language in ('en', 'de', 'pt')),
  updated_at timestamptz not null
);

create table templates (
  template_id text        not null,
  language    text        not null check (language in ('en', 'de', 'pt')),
  category    text        not null check (category in ('TRANSACTIONS', 'ACCOUNT', 'SECURITY', 'SERVICE')),
  title       text        not null,
  body        text        not null,
  -- The names that the texts may use: what the code fills in. Not changed with the text.
  variables   text[]      not null,
  version     int         not null,
  updated_by  text        not null,
  updated_at  timestamptz not null,
  primary key (template_id, language)
);

grant select, insert, update on user_feeds, notifications, deliveries to {app};
grant select, insert, update, delete on mails, mailbox, preferences, user_languages, account_owners to {app};
grant select, insert, delete on told_events to {app};
grant select, insert, update on recipients, known_accounts, templates to {app};
grant select on user_feeds, notifications, told_events, deliveries, mails, mailbox, recipients, known_accounts, account_owners, preferences,
  user_languages, templates to {reader};
