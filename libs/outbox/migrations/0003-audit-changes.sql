-- What an act changed, before and after, sealed for the audit trail alone.
alter table audit_outbox add column change_encrypted text;
