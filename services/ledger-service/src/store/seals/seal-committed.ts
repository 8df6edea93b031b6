import { setTimeout as sleep } from 'node:timers/promises'
import type { Position } from '#libs/outbox/event-log.ts'
import type { Queryable } from '#libs/sql/database.ts'
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
  const event_id = await newestEvent(database.app)
  if (event_id === null) return true
  let target: Position | undefined
  while (performance.now() < until) {
    target ??= await positionOf(database.app, event_id)
    if (isReached(own.sealing.seen, target)) return true
    if ((await sealOnce(context)) === 'IDLE' && !isReached(own.sealing.seen, target)) await sleep(LOOK_AGAIN_MS)
  }
  return false
}

/**
 * The newest event that is committed now, with a position or without; null while there is none. Positions are given in the order of numbers, so that
 * once this one has its own, all that are committed now have theirs.
 */
export async function newestEvent(sql: Queryable): Promise<string | null> {
  const [row] = await sql<{ id: string | null }[]>`
    select coalesce(
      (select id from outbox where position is null order by number desc nulls last, id desc limit 1),
      (select id from outbox where position is not null order by epoch desc, position desc limit 1)) as id`
  return row?.id ?? null
}

/** Whether everything up to an event is sealed: by this process, or by another, which writes down each second how far it has looked. */
export async function isSealedUpTo({ database, own }: SealContext, event_id: string): Promise<boolean> {
  const target = await positionOf(database.app, event_id)
  if (isReached(own.sealing.seen, target)) return true
  const [stored] = await database.app<Position[]>`select epoch, position from seal_state`
  return isReached(stored, target)
}

function isReached(seen: Position | undefined, target: Position | undefined): boolean {
  if (seen === undefined || target === undefined) return false
  return seen.epoch > target.epoch || (seen.epoch === target.epoch && seen.position >= target.position)
}

async function positionOf(sql: Queryable, id: string): Promise<Position | undefined> {
  const [row] = await sql<Position[]>`select epoch, position from outbox where id = ${id} and position is not null`
  return row
}
