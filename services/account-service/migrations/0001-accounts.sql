create table branches (
  branch_id      text    primary key,
  name           text    not null,
  is_main_office boolean not null
);
-- An account without a word about its branch belongs to the main office, so there is exactly one.
create unique index branches_main_office on branches (is_main_office) where is_main_office;
insert into branches (branch_id, name, is_main_office) values ('main', 'Main office', true);

create table products (
  product_id        text    primary key,
  name              text    not null,
  account_type      text    not null check (account_type in ('CHECKING', 'SAVINGS', 'BUSINESS', 'LOAN', 'CREDIT')),
  currencies        text[]  not null,
  overdraft_allowed boolean not null,
  is_offered        boolean not null,
  -- Where it stands in lists; the first offered one of a type is what opening by type means.
  list_rank         int     not null unique
);
insert into products (product_id, name, account_type, currencies, overdraft_allowed, is_offered, list_rank) values
  ('everyday-checking', 'Everyday Checking', 'CHECKING', '{EUR,USD,GBP,CHF,JPY,KWD}', false, true, 1),
  ('easy-savings', 'Easy Savings', 'SAVINGS', '{EUR,USD,GBP,CHF,JPY,KWD}', false, true, 2),
  ('business-current', 'Business Current', 'BUSINESS', '{EUR,USD,GBP,CHF,JPY,KWD}', true, true, 3);

create table accounts (
  account_id            uuid        primary key,
  account_number        text        not null unique,
  customer_id           uuid        not null,
  product_id            text        not null references products,
  account_type          text        not null check (account_type in ('CHECKING', 'SAVINGS', 'BUSINESS', 'LOAN', 'CREDIT')),
  currency              char(3)     not null,
  status                text        not null check (status in ('PENDING', 'ACTIVE', 'FROZEN', 'DORMANT', 'CLOSED')),
  branch_id             text        not null references branches,
  overdraft_limit_cents bigint      not null check (overdraft_limit_cents >= 0),
  opened_date           date        not null,
  closed_at             timestamptz check ((closed_at is not null) = (status = 'CLOSED')),
  -- Rises with every change of state; the ledger ignores a state that carries an older one.
  version               int         not null check (version >= 1),
  frozen_reason         text,
  created_by            text        not null,
  created_at            timestamptz not null,
  updated_at            timestamptz not null
) with (fillfactor = 90);

create table account_owners (
  account_id   uuid        not null references accounts,
  customer_id  uuid        not null,
  relation     text        not null check (relation in ('OWNER', 'JOINT', 'DELEGATE')),
  capabilities text[]      not null check (capabilities <@ '{view,debit,manage}' and cardinality(capabilities) > 0),
  added_at     timestamptz not null,
  primary key (account_id, customer_id)
);
create index account_owners_of_customer on account_owners (customer_id, account_id);
create unique index account_owners_first on account_owners (account_id) where relation = 'OWNER';

-- Eight digits: the numbers FB-00000001-… to FB-99999999-….
create sequence account_numbers minvalue 1 maxvalue 99999999 no cycle;

-- What the ledger is being told and is not recorded here yet: written before the ledger is asked, gone with the record of the outcome.
-- What a crash leaves behind is settled by a job.
create table state_commands (
  command_id     uuid        primary key,
  account_id     uuid        not null references accounts,
  command        text        not null check (command in ('FREEZE', 'UNFREEZE', 'CLOSE')),
  version        int         not null,
  reason         text,
  reason_code    text        not null,
  requested_by   text        not null,
  requested_at   timestamptz not null,
  correlation_id text        not null,
  traceparent    text        not null
);
create index state_commands_of_account on state_commands (account_id);
create index state_commands_age on state_commands (requested_at);

grant select on branches, products to {app}, {reader};
grant select, insert, update on accounts to {app};
grant select, insert, delete on account_owners, state_commands to {app};
grant usage on sequence account_numbers to {app};
grant select on accounts, account_owners, state_commands to {reader};
