-- Monthly partitions of tables whose key is a UUIDv7: the bounds are the smallest ids of two months, so the key alone says where a row
-- lives. Partitions belong to the owner and are reached only through their parent, whose grants say what the application may do.
create function uuid_floor(moment timestamptz) returns uuid
language sql immutable strict as $$
  select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- How full the pages of a table's partitions are written, in percent. Rows that change often get room beside them, so that a change
-- stays on its page and touches no index (PostgreSQL cannot inherit this from the partitioned table). 100 where nothing is said.
create table partition_fill (
  parent     text primary key,
  fillfactor int  not null check (fillfactor between 10 and 100)
);

-- Runs with the owner's rights, because the application may not create tables.
create function ensure_month_partitions(parent text, first_month date, months int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  month_start timestamptz;
  child text;
  made int := 0;
begin
  if not exists (select from pg_partitioned_table p join pg_class c on c.oid = p.partrelid where c.relname = parent) then
    raise exception 'table % is not partitioned', parent;
  end if;
  for i in 0 .. months - 1 loop
    month_start := date_trunc('month', first_month::timestamp at time zone 'UTC', 'UTC') + make_interval(months => i);
    child := parent || '_' || to_char(month_start at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass(quote_ident(child)) is not null;
    perform pg_advisory_xact_lock(hashtextextended('partitions of ' || parent, 0));
    -- Asked of the table, because to_regclass still remembers the answer from before the lock.
    continue when exists (select from pg_class where relname = child and relnamespace = 'public'::regnamespace);
    execute format('create table %I partition of %I for values from (%L) to (%L) with (fillfactor = %s)', child, parent,
      uuid_floor(month_start), uuid_floor(month_start + interval '1 month'),
      coalesce((select fillfactor from partition_fill f where f.parent = ensure_month_partitions.parent), 100));
    made := made + 1;
  end loop;
  return made;
end $$;

revoke all on function ensure_month_partitions(text, date, int) from public;
grant execute on function ensure_month_partitions(text, date, int) to {app};
