import { setTimeout as sleep } from 'node:timers/promises'
import type { Queryable } from '#libs/sql/database.ts'

/** Something that follows the ledger after the commit: how much waits for it, counted up to a bound. */
interface Follower {
  name: string
  waiting(sql: Queryable): Promise<number>
}

const FOLLOWERS: readonly Follower[] = [
  {
    name: 'sequencer',
    async waiting(sql) {
      const [row] = await sql<{ waiting: number }[]>`
        select count(*)::int as waiting from (select from outbox where position is null limit 1000000) o`
      return row?.waiting ?? 0
    },
  },
  {
    name: 'sealer',
    async waiting(sql) {
      const [row] = await sql<{ waiting: number }[]>`
        select coalesce(sum(events), 0)::int as waiting from outbox o, seal_state s
        where o.position is not null and (o.epoch, o.position) > (s.epoch, s.position) and 'ledger.transaction.posted' = any(types)`
      return row?.waiting ?? 0
    },
  },
]

const LOOK_MS = 20
const PATIENCE_MS = 600_000

/** How long what follows needed after the load, and how much it had left to do. */
export interface Lag {
  seconds: number
  note: string
}

/** Waits until everything that follows from what was booked is done inside the ledger. */
export async function caughtUp(sql: Queryable): Promise<Lag> {
  const startedMs = performance.now()
  const notes: string[] = []
  for (const { name, waiting } of FOLLOWERS) {
    const left = await waiting(sql)
    while ((await waiting(sql)) > 0) {
      if (performance.now() - startedMs > PATIENCE_MS) throw new Error(`${name} has not caught up`)
      await sleep(LOOK_MS)
    }
    notes.push(`${name} ${left} behind, done after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  }
  return { seconds: (performance.now() - startedMs) / 1000, note: notes.join(', ') }
}
