create table jars (
  jar_id      uuid   primary key,
  customer_id uuid   not null,
  label       text   not null,
  sweets      int    not null,
  worth_cents bigint not null,
  constraint jars_label_once unique (customer_id, label),
  constraint jars_sweets_exist check (sweets >= 0)
);

create table takings (
  taking_id uuid primary key,
  jar_id    uuid not null references jars,
  taken     int  not null,
  -- `left` is a word of SQL.
  remaining int  not null,
  wish      text not null,
  constraint takings_wish_is_kind check (wish <> 'all of them, now')
);

create table moves (
  move_id     uuid primary key,
  jar_id      uuid not null references jars,
  to_jar_id   uuid not null references jars,
  sweets      int  not null,
  move_status text not null
);

-- Takings are a record of what happened: the application adds to it and never changes it.
grant select, insert, update on jars, moves to {app};
grant select, insert on takings to {app};
grant select on jars, takings, moves to {reader};
