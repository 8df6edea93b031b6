-- What is proposed about users, and about limits of accounts, waits in the same queue.
alter table approvals drop constraint approvals_subject_type_check;
alter table approvals add constraint approvals_subject_type_check
  check (subject_type in ('TRANSACTION', 'KYC', 'SETTING', 'LEDGER_PROPOSAL', 'USER_PROPOSAL', 'LIMIT_PROPOSAL'));
