-- Which process does what only one may do at a time. Times are this server's own: a process with a wrong clock is nobody's trouble.
create table leases (
  name       text primary key,
  holder     uuid        not null,
  -- Rises with every new holder, so that what a former one still wants to write can be told from the present one's.
  term       bigint      not null,
  held_until timestamptz not null
);

grant select, insert, update on leases to {app};
grant select on leases to {reader};
