-- What is held of an account is what its active holds have left, and few of all that it ever had are: they are found without the others. Each
-- state is newest first by itself, so that a list of all of them needs no index of its own, and placing a hold writes no more than before.
create index holds_by_state on holds (ledger_account_id, status, hold_id);
drop index holds_by_account;
