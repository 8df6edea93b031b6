import { setTimeout as sleep } from 'node:timers/promises'
import type { Position } from '#libs/outbox/event-log.ts'
import type { Sql } from '#libs/sql/database.ts'
import { type SealContext, sealOnce } from './sealer.ts'

/** Whoever waits for seals gives up after this long; the sealer itself does not. */
const PATIENCE_MS = 1_000
/** The sequencer is woken by each commit, and is some milliseconds behind it. */
const LOOK_AGAIN_MS = 3

/**
 * Seals all that is committed now, at once instead of at the job's next look; false when it did not come to that in a second: much was booked,
 * or the events have no positions yet.
 */
export async function sealCommitted(context: SealContext): Promise<boolean> {
  const { database, own } = context
  const until = performance.now() + PATIENCE_MS
  const sql = database.app
  const pending = await newestUnsequenced(sql)
  let target = pending === undefined ? await newestPosition(sql) : undefined
  while (performance.now() < until) {
    target ??= await positionOf(sql, pending as string)
    if (target !== undefined && isReached(own.sealing.seen, target)) return true
    if ((await sealOnce(context)) === 'IDLE' && !isReached(own.sealing.seen, target)) await sleep(LOOK_AGAIN_MS)
  }
  return false
}

function isReached(seen: Position | undefined, target: Position | undefined): boolean {
  if (seen === undefined || target === undefined) return false
  return seen.epoch > target.epoch || (seen.epoch === target.epoch && seen.position >= target.position)
}

/** Positions are given in the order of numbers, so that once this one has its own, all that are committed now have. */
async function newestUnsequenced(sql: Sql): Promise<string | undefined> {
  const [row] = await sql<
    { id: string }[]
  >`select id from outbox where position is null order by number desc nulls last, id desc limit 1`
  return row?.id
}

async function positionOf(sql: Sql, id: string): Promise<Position | undefined> {
  const [row] = await sql<Position[]>`select epoch, position from outbox where id = ${id} and position is not null`
  return row
}

async function newestPosition(sql: Sql): Promise<Position> {
  const [row] = await sql<Position[]>`
    select epoch, position from outbox where position is not null order by epoch desc, position desc limit 1`
  return row ?? { epoch: 0, position: 0n }
}
