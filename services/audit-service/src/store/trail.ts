import { type Id, idFloor } from '#libs/ids/ids.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { ActRow } from '../tables.ts'

/** What a search may ask for; all of it must hold. */
export interface Filters {
  from?: string
  to?: string
  service?: string
  operation?: string
  user_id?: string
  entity_id?: string
  session_id?: string
  correlation_id?: string
  outcome?: string
}

/** A page by the ids of the acts: behind the cursor in the given direction. */
interface Page {
  cursor: Id | undefined
  limit: number
  newestFirst: boolean
}

const EXACT = ['service', 'operation', 'user_id', 'entity_id', 'session_id', 'correlation_id', 'outcome'] as const
/** An act's id is made a moment before its time is taken; the ids only narrow down what is looked at. */
const SLACK_MS = 3_600_000
const LAST_MS = 2 ** 48 - 1

/** Acts that fit the filters, `from` included and `to` not. */
export function findActs(sql: Queryable, filters: Filters, page: Page): PromiseLike<readonly ActRow[]> {
  const { from, to, outcome } = filters
  const conditions = [
    sql`true`,
    ...EXACT.flatMap((name) => (filters[name] === undefined ? [] : [sql`and ${sql(name)} = ${filters[name]}`])),
    // Said in so many words, because the index of outcomes leaves these out.
    ...(outcome === undefined || outcome === 'done' ? [] : [sql`and outcome <> 'done'`]),
    ...(from === undefined ? [] : [sql`and occurred_at >= ${from} and audit_id >= ${floorOf(from, -SLACK_MS)}`]),
    ...(to === undefined ? [] : [sql`and occurred_at < ${to} and audit_id < ${floorOf(to, SLACK_MS)}`]),
    ...(page.cursor === undefined
      ? []
      : [page.newestFirst ? sql`and audit_id < ${page.cursor}` : sql`and audit_id > ${page.cursor}`]),
  ]
  return sql<ActRow[]>`
    select ${columns(sql)} from audit_trail where ${conditions}
    order by audit_id ${page.newestFirst ? sql`desc` : sql`asc`} limit ${page.limit}`
}

/** One act and its sealed change, or undefined. */
export async function findAct(
  sql: Queryable,
  audit_id: Id,
): Promise<(ActRow & { change_encrypted: string | null }) | undefined> {
  const [row] = await sql<(ActRow & { change_encrypted: string | null })[]>`
    select ${columns(sql)}, change_encrypted from audit_trail where audit_id = ${audit_id}`
  return row
}

function columns(sql: Queryable) {
  return sql`audit_id, sequence, occurred_at, received_at, service, operation, user_id, acting_service, session_id, client_id, auth_method, ip_hash, entity_id,
    outcome, correlation_id, traceparent, encode(sha256(convert_to(change_encrypted, 'UTF8')), 'hex') as change_sha256,
    encode(prev_hash, 'hex') as prev_hash, encode(hash, 'hex') as hash`
}

function floorOf(time: string, shift_ms: number): Id {
  return idFloor(Math.min(Math.max(new Date(time).getTime() + shift_ms, 0), LAST_MS))
}

/** An act as the contract shows it: that it changed something, not what. */
export function actOf({
  change_sha256,
  occurred_at,
  received_at: _at,
  traceparent: _t,
  prev_hash: _p,
  ...row
}: ActRow) {
  return {
    ...row,
    sequence: Number(row.sequence),
    occurred_at: occurred_at.toISOString(),
    has_change: change_sha256 !== null,
  }
}
