-- The yardstick: what an expert writes by hand for PostgreSQL when one call is one transfer and one commit. Full double entry, every call
-- under its key for ever, row locks in id order, an overdraft check, a running balance and a dense sequence on each entry. Nothing besides:
-- no events, no audit, no holds, no states of accounts, no limits.

-- Whole numbers are the cheapest keys. Rows change often and only in columns without an index, so each page keeps room for the next versions
-- and every update is a HOT one.
create table accounts (
  account_id      bigint primary key,
  balance_cents   bigint not null,
  overdraft_cents bigint not null,
  entry_count     bigint not null
) with (fillfactor = 50);

-- The caller's key is the transfer's id: one index does for both. A UUIDv7 rises, so that index grows at its right end.
create table transfers (
  transfer_id       uuid        primary key,
  debit_account_id  bigint      not null,
  credit_account_id bigint      not null,
  amount_cents      bigint      not null,
  booked_at         timestamptz not null
);

create table entries (
  account_id    bigint not null,
  sequence      bigint not null,
  transfer_id   uuid   not null,
  amount_cents  bigint not null,
  balance_cents bigint not null,
  primary key (account_id, sequence)
);

-- The accounts are updated where they are locked: a `select for update` before would visit each row twice.
create function transfer(wanted_id uuid, debit_id bigint, credit_id bigint, cents bigint) returns text language plpgsql as $$
declare
  debit_balance_cents  bigint;
  debit_count          bigint;
  credit_balance_cents bigint;
  credit_count         bigint;
begin
  insert into transfers values (wanted_id, debit_id, credit_id, cents, now()) on conflict do nothing;
  if not found then
    perform from transfers where transfer_id = wanted_id and debit_account_id = debit_id and credit_account_id = credit_id and amount_cents = cents;
    if not found then raise exception 'the key was used for another transfer'; end if;
    return 'repeated';
  end if;
  if debit_id < credit_id then
    update accounts set balance_cents = balance_cents - cents, entry_count = entry_count + 1
      where account_id = debit_id and balance_cents - cents + overdraft_cents >= 0 returning balance_cents, entry_count into debit_balance_cents, debit_count;
    update accounts set balance_cents = balance_cents + cents, entry_count = entry_count + 1
      where account_id = credit_id returning balance_cents, entry_count into credit_balance_cents, credit_count;
  else
    update accounts set balance_cents = balance_cents + cents, entry_count = entry_count + 1
      where account_id = credit_id returning balance_cents, entry_count into credit_balance_cents, credit_count;
    update accounts set balance_cents = balance_cents - cents, entry_count = entry_count + 1
      where account_id = debit_id and balance_cents - cents + overdraft_cents >= 0 returning balance_cents, entry_count into debit_balance_cents, debit_count;
  end if;
  if debit_count is null or credit_count is null then raise exception 'no such account, or not enough money in it'; end if;
  insert into entries values
    (debit_id, debit_count, wanted_id, -cents, debit_balance_cents), (credit_id, credit_count, wanted_id, cents, credit_balance_cents);
  return 'booked';
end $$;
