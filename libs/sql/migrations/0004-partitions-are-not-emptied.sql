-- What refuses that a table is emptied (TRUNCATE) is not handed down to its partitions, unlike what refuses changes of rows: each partition gets
-- it by itself, when it is made. Those that stand without it, because they were made before this or before their table had it, get it too.
create function partitions_without_refusal(parent text) returns table (child text, name text, refusal text)
language sql stable strict set search_path = public, pg_temp as $$
  select child.relname, kept.tgname, kept.tgfoid::regproc::text
  from pg_inherits i
  join pg_class child on child.oid = i.inhrelid
  join pg_trigger kept on kept.tgrelid = i.inhparent and kept.tgtype & 32 > 0 and not kept.tgisinternal
  where i.inhparent = to_regclass(quote_ident(parent))
    and not exists (select from pg_trigger own where own.tgrelid = i.inhrelid and own.tgname = kept.tgname)
$$;

create function refuse_emptied_partitions(parent text) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
  missing record;
begin
  if not exists (select from partitions_without_refusal(parent)) then
    return;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('partitions of ' || parent, 0));
  -- Asked again: another call may have done it before this one had the lock.
  for missing in select * from partitions_without_refusal(parent) loop
    execute format('create trigger %I before truncate on %I for each statement execute function %s()',
      missing.name, missing.child, missing.refusal);
  end loop;
end $$;
revoke all on function partitions_without_refusal(text), refuse_emptied_partitions(text) from public;

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
  perform refuse_emptied_partitions(parent);
  return made;
end $$;

select refuse_emptied_partitions(relname) from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace;
