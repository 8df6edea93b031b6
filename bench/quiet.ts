import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceRuntime } from '#libs/service/runtime.ts'
import type { Bank } from '#platform/bank.ts'

const LOOK_MS = 1_000
const LOOKS_AT_MOST = 600

/** Waits until nothing follows any more from what was done: events handled, acts in the trail, notices sent. */
export async function quiet({ runtimes }: Bank): Promise<void> {
  let before = ''
  for (let look = 0; look < LOOKS_AT_MOST; look++) {
    const states = await Promise.all([...runtimes.values()].map(stateOf))
    const now = states.map(({ positions }) => positions).join()
    if (now === before && states.every(({ waiting }) => waiting === 0)) return
    before = now
    await sleep(LOOK_MS)
  }
  throw new Error(`something is still under way after ${(LOOKS_AT_MOST * LOOK_MS) / 1000} s`)
}

/** What waits in one service, and how far it has read the others: no more than some rows are looked at. */
async function stateOf({ definition, database }: ServiceRuntime): Promise<{ waiting: number; positions: string }> {
  const [row] = await database.app<{ waiting: number; positions: string }[]>`
    select (select count(*)::int from (select from outbox where position is null limit 1) a)
      + (select count(*)::int from (select from audit_outbox limit 1) b) as waiting,
      coalesce((select sum(position)::text from subscriptions), '') as positions`
  if (row === undefined) throw new Error('a select of values answers a row')
  if (definition.name !== 'notification-service') return row
  const [sending] = await database.app<{ waiting: number }[]>`
    select count(*)::int as waiting from (select from deliveries where status = 'PENDING' limit 1) a`
  return { ...row, waiting: row.waiting + (sending?.waiting ?? 0) }
}
