-- Each time that this database was restored to a moment, and the epoch that began then. Until what the bank's databases say of each other was compared,
-- the bank is not ready.
create table restores (
  epoch         int         primary key,
  restored_to   text        not null, -- a moment, or `latest`
  restored_at   timestamptz not null,
  reconciled_at timestamptz
);

grant select, update (reconciled_at) on restores to {app};
grant select on restores to {reader};
