import { hash } from 'node:crypto'
import type { Sql } from '#libs/sql/database.ts'
import type { Wish } from './clients.ts'

/** What must hold of what is committed, however it came about. */
export interface Invariants {
  /** After each commit: what is kept in one row, and what was written since the last look. */
  checkNews(): Promise<void>
  /** Now and then: everything is computed anew. */
  checkAll(): Promise<void>
  /** When a client hears that a wish was fulfilled or refused: so it is in the books. */
  checkHeard(wish: Wish): Promise<void>
  /** At rest: nothing is left undone. Rows of what is. */
  leftUndone(): Promise<readonly unknown[]>
  /** When nothing is left undone: what holds only then. */
  checkRest(): Promise<void>
  /** What two runs of one seed must agree on. */
  digest(): Promise<string>
}

/** Events of a service whose positions are not 1, 2, 3 … up to what was handed out. */
export function outboxFaults(sql: Sql): Promise<readonly unknown[]> {
  return sql`
    select epoch, count(*) as events, count(distinct position) as positions, min(position) as first, max(position) as last,
      (select position from outbox_state) as handed_out
    from outbox_events where position is not null group by epoch
    having count(*) <> count(distinct position) or min(position) <> 1 or max(position) <> count(*)
      or max(position) <> (select position from outbox_state)`
}

/** A hash of every row of a service, without what the server puts down by its own clock: no seed decides that. */
export async function rowsDigest(sql: Sql): Promise<string> {
  const tables = await sql<{ name: string; by_server: string[] }[]>`
    select relname as name, array_remove(array_agg(case when pg_get_expr(adbin, adrelid) ~ 'now[(]|clock_timestamp' then attname end), null) as by_server
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relname <> 'schema_migrations'
    group by relname order by relname`
  const texts: string[] = []
  for (const { name, by_server } of tables) {
    const [all] = await sql<{ rows: string | null }[]>`
      select string_agg(row::text, E'\n' order by row::text collate "C") as rows
      from (select to_jsonb(t) - ${by_server}::text[] as row from ${sql(name)} t) kept`
    texts.push(`${name}\n${all?.rows ?? ''}`)
  }
  return hash('sha256', texts.join('\n')).slice(0, 16)
}
