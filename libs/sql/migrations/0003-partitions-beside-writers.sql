-- A partition is made by itself and attached, which shares the parent with whoever reads and writes it. Made as a partition at once it would
-- have to be alone with the parent: it would wait for every transaction there, everybody else would wait behind it, and two who had locked
-- rows for each other would wait for it and one another in a circle.
create or replace function ensure_month_partitions(parent text, first_month date, months int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  by_date boolean;
  month_start timestamptz;
  child text;
  made int := 0;
begin
  select a.atttypid = 'date'::regtype into by_date
  from pg_partitioned_table p join pg_class c on c.oid = p.partrelid
  join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
  where c.relname = parent;
  if by_date is null then
    raise exception 'table % is not partitioned', parent;
  end if;
  for i in 0 .. months - 1 loop
    month_start := date_trunc('month', first_month::timestamp at time zone 'UTC', 'UTC') + make_interval(months => i);
    child := parent || '_' || to_char(month_start at time zone 'UTC', 'YYYY_MM');
    continue when to_regclass(quote_ident(child)) is not null;
    perform pg_advisory_xact_lock(hashtextextended('partitions of ' || parent, 0));
    -- Asked of the table, because to_regclass still remembers the answer from before the lock.
    continue when exists (select from pg_class where relname = child and relnamespace = 'public'::regnamespace);
    execute format(
      'create table %I (like %I including defaults including constraints including generated including storage including compression)
        with (fillfactor = %s)',
      child, parent, coalesce((select fillfactor from partition_fill f where f.parent = ensure_month_partitions.parent), 100));
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child,
      partition_bound(month_start, by_date), partition_bound(month_start + interval '1 month', by_date));
    made := made + 1;
  end loop;
  return made;
end $$;
