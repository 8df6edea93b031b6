import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '#libs/contract/client.ts'
import type { Operation } from '#libs/contract/operation.ts'
import { forgetActs, isActWaiting, SHIPPED_AT_ONCE, takeActs } from '#libs/outbox/audit-outbox.ts'
import type { Database } from '#libs/sql/database.ts'
import { quietTrace } from '#libs/telemetry/context.ts'
import type { Log } from '#libs/telemetry/log.ts'
import { createLease } from './lease.ts'
import { Loop } from './loop.ts'

export interface ShippingOptions {
  service: string
  /** Not one whose commits wake the delivery. */
  database: Database
  client: Client
  log: Log
  /** Takes `{ acts }` into the trail, each by its id once. */
  recordActs: Operation
}

const LOOK_MS = 1_000
/** Between two deliveries acts gather: a busy service is charged for a handful of deliveries a second, however much it does. */
const GATHER_MS = 200

/** The delivery of one service's acts to the audit trail: at least once, oldest first. Nudged by commits. */
export interface Shipping {
  start(): void
  nudge(): void
  stop(): Promise<void>
}

/** Makes the delivery. While the trail does not answer it tries again after growing pauses, 5 seconds at most, and the acts wait. */
export function createShipping({ service, database, client, log, recordActs }: ShippingOptions): Shipping {
  const lease = createLease({ app: database.app, name: 'audit shipping' })
  let gatheredAt = Number.NEGATIVE_INFINITY
  const deliver = async (): Promise<boolean> => {
    const acts = await takeActs(database.app)
    if (acts.length === 0) return false
    // Killed after the call the acts go once more, and the trail leaves those alone that it has.
    // Each act names its own trace; their delivery belongs to none of them.
    await client.call(recordActs, { body: { acts } } as never, { trace: quietTrace() })
    await forgetActs(database.app, acts)
    if (acts.length === SHIPPED_AT_ONCE) gatheredAt = Number.NEGATIVE_INFINITY
    return true
  }
  const ship = async (): Promise<boolean> => {
    await sleep(Math.max(0, gatheredAt - performance.now()))
    gatheredAt = performance.now() + GATHER_MS
    // A lease costs a write every two seconds: who has nothing to deliver asks for none.
    if (!(await isActWaiting(database.app))) return false
    return (await lease.during(deliver)) ?? false
  }
  const loop = new Loop(`${service} audit delivery`, LOOK_MS, log, ship)
  return {
    start: () => loop.start(),
    nudge: () => loop.nudge(),
    stop: async () => {
      await loop.stop()
      await lease.release().catch((error: unknown) => log.warn({ error }, 'a lease runs out by itself'))
    },
  }
}
