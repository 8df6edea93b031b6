-- Ids tell the order by each instance's own clock, and clocks differ. Whoever writes second about one thing has waited for the first one's locks,
-- so a number taken while writing tells it: no event of an account may get a position before one that it follows from. Bundles of before have none,
-- and come first.
create sequence outbox_numbers;
alter table outbox add column number bigint;
alter table outbox alter column number set default nextval('outbox_numbers');

drop index outbox_unsequenced;
create index outbox_unsequenced on outbox (number nulls first, id) where position is null;

-- Gives committed bundles without a position the next ones, in the order in which they were written, until they hold `at_once` events; returns how
-- many events got one. One call at a time: the state stays locked to the commit, so a reader that has seen position N never misses one below it. A
-- function, because it runs after nearly every commit: each of its statements sees what was committed before it, as if sent one by one.
create function sequence_outbox(at_once int) returns int language plpgsql as $$
declare
  state outbox_state;
  ids uuid[];
  lasts bigint[];
  lowest uuid;
  highest uuid;
begin
  select * into strict state from outbox_state for update;
  select array_agg(id order by last), array_agg(last order by last), (array_agg(id order by id))[1], (array_agg(id order by id desc))[1]
  into ids, lasts, lowest, highest
  from (
    select id, events, sum(events) over (order by number nulls first, id) as last
    from (select id, number, events from outbox where position is null order by number nulls first, id limit at_once) waiting) counted
  where last - events < at_once;
  if ids is null then
    return 0;
  end if;
  update outbox set epoch = state.epoch, position = state.position + given.last
  from unnest(ids, lasts) as given (id, last)
  where outbox.id = given.id and outbox.id >= lowest and outbox.id <= highest;
  update outbox_state set position = position + lasts[array_upper(lasts, 1)];
  return lasts[array_upper(lasts, 1)];
end $$;

grant usage on sequence outbox_numbers to {app};
