-- A step of a closing waits until what was committed when it began is sealed, and its newest event says how far that is: however much is booked
-- meanwhile, the sealer gets there. Where an instance from before that still runs began the step there is none, and it waits until all is sealed.
alter table accounting_periods add column settled_event uuid;

-- Currencies whose debits were not their credits when a day was compared, and by how much they were more.
create table reconciliation_imbalances (
  run_id     uuid    not null references reconciliations,
  currency   char(3) not null,
  difference numeric not null check (difference <> 0),
  primary key (run_id, currency)
);

grant select, insert on reconciliation_imbalances to {app};
grant select on reconciliation_imbalances to {reader};
