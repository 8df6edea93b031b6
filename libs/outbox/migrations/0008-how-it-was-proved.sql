-- How the person behind an act proved himself (RFC 8176, joined by +): with session and client the third party's act is told from his own.
alter table audit_outbox add column auth_method text;
