-- Acts leave for the audit trail oldest first, and are deleted once it has them. One instance of the service delivers at a time: whose name
-- stands here. Two at once would do no harm, because the trail knows each act by its id; it would only cost twice.
create table audit_shipping (
  one        boolean primary key default true check (one),
  shipper    uuid,
  held_until timestamptz
);
insert into audit_shipping default values;

grant delete on audit_outbox to {app};
grant select, update on audit_shipping to {app};
