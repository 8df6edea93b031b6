-- How the person behind an act proved himself (RFC 8176). Part of the hash where it is known; what was chained before keeps its hash.
alter table audit_trail add column auth_method text;
