-- Payments of this business day under a limit of their payer: of a key, or of a delegate. What failed or was taken back counts no more: the
-- transaction says so. Rows of days before go with the next payment of the same holder.
create table limited_payments (
  -- `key/<session>` or `delegate/<account>/<customer>`.
  holder         text   not null,
  currency       char(3) not null,
  business_date  date   not null,
  transaction_id uuid   not null,
  amount_cents   bigint not null check (amount_cents > 0),
  primary key (holder, currency, business_date, transaction_id)
);
grant select, insert, delete on limited_payments to {app};
grant select on limited_payments to {reader};
