import { setTimeout as sleep } from 'node:timers/promises'
import { openPool, type Sql, type Target } from './database.ts'

/** A replica that may be promoted, reached as a superuser. */
export interface Candidate {
  name: string
  target: Target
}

export interface Failover {
  candidates: readonly Candidate[]
  /** How a replica reaches the one that was promoted: the text of `primary_conninfo`, made from the one that it has. */
  conninfoOf(promoted: string, follower: string, present: string): string
  /** True promotes although a replica does not answer: what only that one had confirmed is lost. */
  accept_loss?: boolean
}

/** A promotion that would lose what was confirmed, or that found nobody to promote. */
export class FailoverRefused extends Error {
  override readonly name = 'FailoverRefused'
}

const ANSWERS_WITHIN_MS = 8_000
const FOLLOWS_WITHIN_MS = 60_000

/**
 * Promotes the replica that has received most, and lets the others follow it. The old primary must be fenced before: it must not run, and must not be
 * able to start as a primary. With `ANY 1` a confirmed commit is on one of the replicas at least, so all of them must answer, and the most advanced
 * has everything. Returns the name of the promoted one, which accepts writes and has a replica that follows where there is another.
 */
export async function promoteBest(failover: Failover): Promise<string> {
  const open = failover.candidates.map(({ name, target }) => ({
    name,
    sql: openPool(target, { name: 'bankflow-failover', max: 1, statementTimeoutMs: 90_000 }),
  }))
  try {
    const answered = await Promise.all(open.map(async (one) => ({ ...one, received: await received(one.sql) })))
    const silent = answered.filter((one) => one.received === undefined).map((one) => one.name)
    const alive = answered.filter((one) => one.received !== undefined)
    const [best] = alive.toSorted((a, b) => Number((b.received as bigint) - (a.received as bigint)))
    if (best === undefined) throw new FailoverRefused('no replica answers: nothing was promoted')
    if (silent.length > 0 && failover.accept_loss !== true)
      throw new FailoverRefused(
        `${silent.join(' and ')} does not answer and may alone have what was confirmed last: start it, or accept the loss; nothing was promoted`,
      )
    const others = alive.filter((one) => one !== best)
    await promote(best.sql)
    for (const other of others) await follow(best, other, failover)
    if (others.length > 0) await untilFollowed(best.sql)
    return best.name
  } finally {
    await Promise.all(open.map(({ sql }) => sql.end({ timeout: 1 })))
  }
}

/** How far a replica has received the log (bytes), or undefined when it does not answer. Throws when it is no replica. */
async function received(sql: Sql): Promise<bigint | undefined> {
  for (const until = Date.now() + ANSWERS_WITHIN_MS; Date.now() < until; await sleep(50)) {
    try {
      const [row] = await sql<{ is_replica: boolean; bytes: bigint | null; is_settled: boolean }[]>`
        select pg_is_in_recovery() as is_replica,
          (greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0'::pg_lsn)::int8 as bytes,
          not exists (select from pg_stat_wal_receiver) as is_settled`
      if (row?.is_replica === false) throw new FailoverRefused('a primary is running already: nothing was promoted')
      // One that still receives is not at its end: its primary is about to be noticed as gone.
      if (row?.is_settled === true && row.bytes !== null) return row.bytes
    } catch (error) {
      if (error instanceof FailoverRefused) throw error
    }
  }
  return undefined
}

async function promote(sql: Sql): Promise<void> {
  const [row] = await sql<{ done: boolean }[]>`select pg_promote(true, 60) as done`
  if (row?.done !== true) throw new FailoverRefused('the replica did not become a primary within 60 s')
}

interface Opened {
  name: string
  sql: Sql
}

/** The replica keeps the name of its slot, which the promoted one gets before it is asked for. */
async function follow(promoted: Opened, follower: Opened, { conninfoOf }: Failover): Promise<void> {
  const [present] = await follower.sql<{ conninfo: string; slot: string }[]>`
    select current_setting('primary_conninfo') as conninfo, current_setting('primary_slot_name') as slot`
  const { conninfo = '', slot = '' } = present ?? {}
  if (slot !== '')
    await promoted.sql`select pg_create_physical_replication_slot(${slot}, true)
      where not exists (select from pg_replication_slots where slot_name = ${slot})`
  const next = conninfoOf(promoted.name, follower.name, conninfo).replaceAll("'", "''")
  await follower.sql.unsafe(`alter system set primary_conninfo = '${next}'`)
  await follower.sql`select pg_reload_conf()`
}

/** Until then no commit would be confirmed. */
async function untilFollowed(sql: Sql): Promise<void> {
  for (const until = Date.now() + FOLLOWS_WITHIN_MS; Date.now() < until; await sleep(50)) {
    const [row] = await sql<{ streaming: number }[]>`
      select count(*)::int as streaming from pg_stat_replication where state = 'streaming' and sync_state in ('quorum', 'sync')`
    if (row !== undefined && row.streaming > 0) return
  }
  throw new FailoverRefused('the promoted server is writable, but no replica follows it yet: commits wait for one')
}
