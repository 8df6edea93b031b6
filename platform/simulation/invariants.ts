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
