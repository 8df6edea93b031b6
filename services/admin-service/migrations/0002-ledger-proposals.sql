-- What people propose to the ledger waits in the same queue.
alter table approvals drop constraint approvals_subject_type_check;
alter table approvals add constraint approvals_subject_type_check
  check (subject_type in ('TRANSACTION', 'KYC', 'SETTING', 'LEDGER_PROPOSAL'));
