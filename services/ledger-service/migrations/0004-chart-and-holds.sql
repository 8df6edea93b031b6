-- The chart of accounts as data. OWN: an account of the bank's for each currency, opened at its first use. SUBLEDGER: a line of many accounts,
-- one for each customer's. GROUP: a heading, under which nothing is booked.
create table gl_accounts (
  gl_code      text        primary key check (gl_code ~ '^[A-Z][A-Z0-9_]{1,39}$'),
  name         text        not null,
  account_type text        not null check (account_type in ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
  normal_side  text        not null check (normal_side in ('DEBIT', 'CREDIT')),
  kind         text        not null check (kind in ('OWN', 'SUBLEDGER', 'GROUP')),
  parent_code  text        references gl_accounts check (parent_code <> gl_code),
  is_active    boolean     not null default true,
  created_at   timestamptz not null default now(),
  check (kind <> 'GROUP' or parent_code is null)
);
insert into gl_accounts (gl_code, name, account_type, normal_side, kind, parent_code) values
  ('ASSETS', 'Assets', 'ASSET', 'DEBIT', 'GROUP', null),
  ('LIABILITIES', 'Liabilities', 'LIABILITY', 'CREDIT', 'GROUP', null),
  ('OWN_FUNDS', 'Own funds', 'EQUITY', 'CREDIT', 'GROUP', null),
  ('INCOME', 'Income', 'INCOME', 'CREDIT', 'GROUP', null),
  ('EXPENSES', 'Expenses', 'EXPENSE', 'DEBIT', 'GROUP', null),
  ('CASH', 'Cash in the tills', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('SETTLEMENT', 'Money on its way in or out', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('IMPORT_CLEARING', 'Imported history of other banks', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('FED', 'Account at the Federal Reserve', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('NOSTRO', 'Accounts at correspondents', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('RTP_JOINT', 'Share in the joint account of instant payments', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('PROC_RECV', 'Owed by card processors', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('RET_RECV', 'Owed by customers for returned payments', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('PROV_CREDIT', 'Provisional credits under dispute', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('FX_POSITION', 'Position in a currency', 'ASSET', 'DEBIT', 'OWN', 'ASSETS'),
  ('LOANS', 'Loans to customers', 'ASSET', 'DEBIT', 'SUBLEDGER', 'ASSETS'),
  ('CUSTOMER_DEPOSITS', 'Deposits of a customer', 'LIABILITY', 'CREDIT', 'SUBLEDGER', 'LIABILITIES'),
  ('SUSPENSE', 'Money that waits for its place', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('INTEREST_PAYABLE', 'Interest earned by customers, not paid yet', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('ACH_OUT', 'ACH payments on their way out', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('ACH_IN', 'ACH money that came in, not applied yet', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('WIRE_OUT', 'Wires on their way out', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('CARD_SETTLE', 'Owed to card networks', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('BILLPAY_PAY', 'Bills accepted, not remitted yet', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('BLOCKED', 'Blocked by sanctions', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('UNMATCHED', 'Money that came in for nobody known', 'LIABILITY', 'CREDIT', 'OWN', 'LIABILITIES'),
  ('EQUITY', 'Paid-in capital', 'EQUITY', 'CREDIT', 'OWN', 'OWN_FUNDS'),
  ('RETAINED_EARNINGS', 'Results of closed years', 'EQUITY', 'CREDIT', 'OWN', 'OWN_FUNDS'),
  ('FEE_INCOME', 'Fees', 'INCOME', 'CREDIT', 'OWN', 'INCOME'),
  ('INTEREST_INCOME', 'Interest on loans', 'INCOME', 'CREDIT', 'OWN', 'INCOME'),
  ('INTEREST_EXPENSE', 'Interest on deposits', 'EXPENSE', 'DEBIT', 'OWN', 'EXPENSES'),
  ('FEE_EXPENSE', 'Fees of other banks and processors', 'EXPENSE', 'DEBIT', 'OWN', 'EXPENSES'),
  ('LOSS', 'Losses', 'EXPENSE', 'DEBIT', 'OWN', 'EXPENSES');

-- Which line a role of a business event stands for, by product (`*`: any), from a business date on. What was said stays; the latest counts.
create table gl_mappings (
  mapping_no     bigint      generated always as identity primary key,
  business_event text        not null check (business_event ~ '^[A-Z_]{2,40}$'),
  product        text        not null check (product ~ '^([A-Z][A-Z0-9_]{0,39}|[*])$'),
  role           text        not null check (role ~ '^[a-z][a-z0-9_]{0,39}$'),
  gl_code        text        not null references gl_accounts,
  valid_from     date        not null,
  set_at         timestamptz not null default now(),
  set_by         text
);
create index gl_mappings_by_role on gl_mappings (business_event, role, product, valid_from, mapping_no) include (gl_code);
insert into gl_mappings (business_event, product, role, gl_code, valid_from)
select business_event, '*', role, gl_code, date '0001-01-01' from (values
  ('CASH_DEPOSIT', 'cash', 'CASH'),
  ('CASH_WITHDRAWAL', 'cash', 'CASH'),
  ('IMPORT', 'clearing', 'IMPORT_CLEARING'),
  ('INTEREST_ACCRUAL', 'expense', 'INTEREST_EXPENSE'),
  ('INTEREST_ACCRUAL', 'payable', 'INTEREST_PAYABLE'),
  ('INTEREST', 'payable', 'INTEREST_PAYABLE'),
  ('CLOSING', 'result', 'RETAINED_EARNINGS'),
  ('FEE', 'fee_income', 'FEE_INCOME'),
  ('FEE_REVERSAL', 'fee_income', 'FEE_INCOME'),
  ('LOAN_INSTALLMENT', 'interest_income', 'INTEREST_INCOME'),
  ('ACH_CREDIT_RELEASED', 'transit', 'ACH_OUT'),
  ('ACH_CREDIT_SETTLED', 'transit', 'ACH_OUT'),
  ('ACH_CREDIT_SETTLED', 'settlement', 'FED'),
  ('ACH_CREDIT_RETURNED', 'settlement', 'FED'),
  ('ACH_DEBIT_SETTLED', 'settlement', 'FED'),
  ('ACH_DEBIT_SETTLED', 'suspense', 'ACH_IN'),
  ('ACH_DEBIT_APPLIED', 'suspense', 'ACH_IN'),
  ('ACH_DEBIT_RETURNED', 'settlement', 'FED'),
  ('ACH_DEBIT_RETURNED', 'receivable', 'RET_RECV'),
  ('ACH_RECEIVED', 'settlement', 'FED'),
  ('ACH_RECEIVED', 'suspense', 'ACH_IN'),
  ('ACH_RECEIVED_RETURNED', 'settlement', 'FED'),
  ('ACH_RECEIVED_RETURNED', 'suspense', 'ACH_IN'),
  ('WIRE_RELEASED', 'transit', 'WIRE_OUT'),
  ('WIRE_SETTLED', 'transit', 'WIRE_OUT'),
  ('WIRE_SETTLED', 'settlement', 'FED'),
  ('WIRE_FEE', 'fee_income', 'FEE_INCOME'),
  ('WIRE_RECEIVED', 'settlement', 'FED'),
  ('WIRE_RECEIVED', 'unapplied', 'UNMATCHED'),
  ('WIRE_APPLIED', 'unapplied', 'UNMATCHED'),
  ('SWIFT_OUT', 'position', 'FX_POSITION'),
  ('SWIFT_OUT', 'nostro', 'NOSTRO'),
  ('SWIFT_IN', 'position', 'FX_POSITION'),
  ('SWIFT_IN', 'nostro', 'NOSTRO'),
  ('EXCHANGE', 'position', 'FX_POSITION'),
  ('CORRESPONDENT_CHARGE', 'fee_expense', 'FEE_EXPENSE'),
  ('CORRESPONDENT_CHARGE', 'nostro', 'NOSTRO'),
  ('INSTANT_OUT', 'settlement', 'RTP_JOINT'),
  ('INSTANT_IN', 'settlement', 'RTP_JOINT'),
  ('CARD_TOP_UP', 'receivable', 'PROC_RECV'),
  ('CARD_PAYOUT', 'settlement', 'FED'),
  ('CARD_PAYOUT', 'fee_expense', 'FEE_EXPENSE'),
  ('CARD_PAYOUT', 'receivable', 'PROC_RECV'),
  ('CARD_REFUND', 'receivable', 'PROC_RECV'),
  ('CHARGEBACK_OPENED', 'receivable', 'PROC_RECV'),
  ('CHARGEBACK_OPENED', 'returned', 'RET_RECV'),
  ('CHARGEBACK_OPENED', 'fee_expense', 'FEE_EXPENSE'),
  ('CHARGEBACK_WON', 'receivable', 'PROC_RECV'),
  ('CHARGEBACK_WON', 'returned', 'RET_RECV'),
  ('CHARGEBACK_LOST', 'returned', 'RET_RECV'),
  ('CHARGEBACK_LOST', 'loss', 'LOSS'),
  ('CARD_CLEARING', 'settlement', 'CARD_SETTLE'),
  ('CARD_NETWORK_SETTLED', 'settlement', 'CARD_SETTLE'),
  ('CARD_NETWORK_SETTLED', 'master', 'FED'),
  ('PROVISIONAL_CREDIT', 'provisional', 'PROV_CREDIT'),
  ('PROVISIONAL_CREDIT_FINAL', 'provisional', 'PROV_CREDIT'),
  ('PROVISIONAL_CREDIT_FINAL', 'loss', 'LOSS'),
  ('PROVISIONAL_CREDIT_DENIED', 'provisional', 'PROV_CREDIT'),
  ('BILL_ACCEPTED', 'payable', 'BILLPAY_PAY'),
  ('BILL_REMITTED', 'payable', 'BILLPAY_PAY'),
  ('BILL_REMITTED', 'settlement', 'FED'),
  ('BILL_RETURNED', 'settlement', 'FED'),
  ('SANCTIONS_BLOCK', 'blocked', 'BLOCKED'),
  ('SANCTIONS_BLOCK', 'unapplied', 'UNMATCHED'),
  ('WRITE_OFF', 'loss', 'LOSS'),
  ('WRITE_OFF', 'unapplied', 'UNMATCHED'),
  ('WRITE_OFF', 'returned', 'RET_RECV')) as seeded (business_event, role, gl_code);
create trigger gl_mappings_stay before update or delete or truncate on gl_mappings
  for each statement execute function refuse_rewriting();

-- What a hold was increased by on days after it was placed, which counts against the limits of those days.
alter table holds
  add column increase_dates date[],
  add column increases_cents bigint[],
  add check (coalesce(cardinality(increase_dates), 0) = coalesce(cardinality(increases_cents), 0));
create index holds_by_account on holds (ledger_account_id, hold_id);

alter table ledger_accounts add column floor_version int not null default 0;

grant select, insert, update on gl_accounts to {app};
grant select, insert on gl_mappings to {app};
grant select on gl_accounts, gl_mappings to {reader};
