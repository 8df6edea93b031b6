-- Everything derived from the journal is made behind its commits, by one sealer that follows the ledger's own events in their order. A seal is
-- a link of the SHA-256 chain, over the transactions of one business day that it took at once. Its leaf hashes are the bottom of the Merkle
-- tree; what stands above full tiles of 256 is in merkle_tiles.
create table seals (
  seal_no         bigint      primary key check (seal_no > 0),
  first_leaf      bigint      not null check (first_leaf >= 0),
  leaf_count      int         not null check (leaf_count > 0),
  -- The ledger's event that it ends with.
  epoch           int         not null,
  position        bigint      not null,
  -- In the order of their leaves, and how many of those each has.
  transaction_ids uuid[]      not null,
  entry_counts    int[]       not null check (cardinality(entry_counts) = cardinality(transaction_ids)),
  -- The greatest id of a transaction in this seal or one before it: no transaction with a greater one is in any of them.
  through_id      uuid        not null,
  leaf_hashes     bytea       not null check (octet_length(leaf_hashes) = 32 * leaf_count),
  previous_hash   bytea       not null,
  root_hash       bytea       not null,
  hash            bytea       not null,
  -- Of the bank clock; it rises from seal to seal. What a seal holds is known from here on.
  sealed_at       timestamptz not null,
  business_date   date        not null
);
-- Hashes and random ids do not shrink, and a part of them is read without the rest.
alter table seals alter column leaf_hashes set storage external, alter column transaction_ids set storage external;
create unique index seals_by_time on seals (sealed_at);
create unique index seals_by_leaf on seals (first_leaf);
create index seals_by_transaction on seals (through_id, seal_no);
create index seals_by_day on seals (business_date, seal_no);

create table merkle_tiles (
  level  int    not null check (level > 0),
  index  bigint not null,
  hashes bytea  not null check (octet_length(hashes) = 8192),
  primary key (level, index)
);
alter table merkle_tiles alter column hashes set storage external;

-- What each seal moved, per line of the chart; and since the beginning of its business day, every 64 seals, so that the totals at any seal are
-- a mark and at most 63 seals.
create table gl_movements (
  seal_no       bigint  not null,
  value_date    date    not null,
  currency      char(3) not null,
  gl_code       text    not null,
  business_date date    not null,
  debits        numeric not null,
  credits       numeric not null,
  entries       bigint  not null,
  primary key (seal_no, value_date, currency, gl_code)
);
create index gl_movements_by_day on gl_movements (business_date, seal_no);
create table gl_marks (
  business_date date    not null,
  seal_no       bigint  not null,
  value_date    date    not null,
  currency      char(3) not null,
  gl_code       text    not null,
  debits        numeric not null,
  credits       numeric not null,
  entries       bigint  not null,
  primary key (business_date, seal_no, value_date, currency, gl_code)
);

-- One row: where the sealer stands. Instances take turns by its lock.
create table seal_state (
  one         boolean primary key default true check (one),
  seal_no     bigint  not null,
  epoch       int     not null,
  position    bigint  not null,
  -- Hashes of the tile that is not full yet, of each level above the leaves.
  upper_tails bytea[] not null,
  -- No seal will ever be made with a time up to here.
  horizon     timestamptz,
  -- From here on it is known what was known when. Null where the bank was sealed from its first day.
  known_from  timestamptz,
  is_catching_up boolean not null
);
insert into seal_state (seal_no, epoch, position, upper_tails, is_catching_up)
select 0, 1, 0, '{}', exists (select from journal_transactions);

-- Signed notes over the tree (C2SP tlog-checkpoint), and the keys that signed them.
create table checkpoints (
  seal_no       bigint      primary key,
  tree_size     bigint      not null unique,
  note          text        not null,
  key_hash      text        not null,
  business_date date        not null,
  signed_at     timestamptz not null
);
create table checkpoint_keys (
  key_hash     text        primary key,
  verifier_key text        not null,
  master_key   text        not null,
  since        timestamptz not null
);

create table ledger_verifications (
  verification_id uuid        primary key,
  status          text        not null check (status in ('RUNNING', 'INTACT', 'BROKEN')),
  from_seal       bigint      not null,
  to_seal         bigint      not null,
  -- The next one to be looked at; null at the end.
  next_seal       bigint,
  seals           bigint      not null,
  transactions    bigint      not null,
  entries         bigint      not null,
  -- The first broken link: `{ seal_no, what, id, expected, found }`.
  broken          jsonb,
  started_at      timestamptz not null,
  completed_at    timestamptz
);
create unique index ledger_verifications_one_running on ledger_verifications ((true)) where status = 'RUNNING';

-- A comparison of everything goes through the accounts slice by slice: up to which entry, and the balance after it. What is touched is compared
-- all the while, and recorded where it differs.
alter table reconciliations
  add column cursor_account uuid,
  add column cursor_sequence bigint not null default 0,
  add column cursor_cents bigint not null default 0,
  drop constraint reconciliations_scope_check,
  add constraint reconciliations_scope_check check (scope in ('DAY', 'FULL', 'CONTINUOUS'));

create trigger seals_stay before update or delete or truncate on seals for each statement execute function refuse_rewriting();
create trigger merkle_tiles_stay before update or delete or truncate on merkle_tiles for each statement execute function refuse_rewriting();
create trigger gl_movements_stay before update or delete or truncate on gl_movements for each statement execute function refuse_rewriting();
create trigger gl_marks_stay before update or delete or truncate on gl_marks for each statement execute function refuse_rewriting();
create trigger checkpoints_stay before update or delete or truncate on checkpoints for each statement execute function refuse_rewriting();
create trigger checkpoint_keys_stay before update or delete or truncate on checkpoint_keys
  for each statement execute function refuse_rewriting();

grant select, insert on seals, merkle_tiles, gl_movements, gl_marks, checkpoints, checkpoint_keys to {app};
grant select, update on seal_state to {app};
grant select, insert, update on ledger_verifications to {app};
grant select on seals, merkle_tiles, gl_movements, gl_marks, checkpoints, checkpoint_keys, seal_state, ledger_verifications to {reader};
