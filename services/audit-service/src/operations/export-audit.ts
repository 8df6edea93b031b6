import { exportAudit as contract } from '#contracts/api/audit.ts'
import { isId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../config.ts'
import { csvLine } from '../domain/csv.ts'
import { problems } from '../problems.ts'
import { type Filters, findActs } from '../store/trail.ts'
import type { ActRow } from '../tables.ts'

/** Acts in a file at most. */
export const MOST_ACTS = 50_000
const ACTS_AT_ONCE = 5_000

/** Everything that the chain is made of, in the order of the file. */
const COLUMNS = [
  'audit_id',
  'sequence',
  'occurred_at',
  'received_at',
  'service',
  'operation',
  'user_id',
  'acting_service',
  'session_id',
  'client_id',
  'ip_hash',
  'entity_id',
  'outcome',
  'correlation_id',
  'traceparent',
  'change_sha256',
  'auth_method',
  'prev_hash',
  'hash',
] as const

/** A part of the trail as a file, oldest first; the cursor is the id of its last act. */
export const exportAudit = implementRead(contract, {
  async read({ query: { cursor, format = 'ndjson', ...filters } }, { sql, clock }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const lineOf = format === 'csv' ? csvOf : jsonOf
    const parts = [Buffer.from(format === 'csv' ? csvLine(COLUMNS) : '')]
    let [count, last] = [0, cursor]
    for await (const acts of actsFrom(sql, filters, cursor)) {
      parts.push(Buffer.from(acts.map(lineOf).join('')))
      count += acts.length
      last = acts.at(-1)?.audit_id
    }
    const next = count < MOST_ACTS ? [] : await findActs(sql, filters, { cursor: last, limit: 1, newestFirst: false })
    return {
      kind: 'file',
      content_type: format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson',
      filename: `audit-${clock.wall.now().toISOString().slice(0, 10)}.${format}`,
      bytes: Buffer.concat(parts),
      headers: next.length > 0 ? { 'x-next-cursor': String(last) } : {},
    }
  },
})

async function* actsFrom(
  sql: Queryable,
  filters: Filters,
  from: string | undefined,
): AsyncGenerator<readonly ActRow[]> {
  let cursor = from
  for (let count = 0; count < MOST_ACTS; count += ACTS_AT_ONCE) {
    const acts = await findActs(sql, filters, { cursor, limit: ACTS_AT_ONCE, newestFirst: false })
    if (acts.length > 0) yield acts
    if (acts.length < ACTS_AT_ONCE) return
    cursor = acts.at(-1)?.audit_id
  }
}

function jsonOf(act: ActRow): string {
  return `${encode(Object.fromEntries(COLUMNS.map((name) => [name, act[name]])))}\n`
}

function csvOf(act: ActRow): string {
  return csvLine(
    COLUMNS.map((name) => {
      const value = act[name]
      if (value === null) return null
      return value instanceof Date ? value.toISOString() : String(value)
    }),
  )
}
