-- One row: how far this producer's events were handed to the stream, and in which epoch of the bank. A new epoch (a restore) sends the events of
-- the stream's retention again.
create table event_relay (
  one        boolean     primary key default true check (one),
  bank_epoch int         not null,
  epoch      int         not null,
  position   bigint      not null,
  updated_at timestamptz not null
);
grant select, insert, update on event_relay to {app};
grant select on event_relay to {reader};
