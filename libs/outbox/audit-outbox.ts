import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** An act as it is handed to the audit trail. */
export interface OutgoingAct {
  audit_id: string
  occurred_at: string
  operation: string
  user_id: string | null
  /** The service that acted, for itself or for the user. */
  acting_service: string | null
  session_id: string | null
  client_id: string | null
  ip_hash: string | null
  entity_id: string | null
  outcome: string
  correlation_id: string
  traceparent: string
  change_encrypted: string | null
  auth_method: string | null
}

/** Acts that travel together at most. */
export const SHIPPED_AT_ONCE = 500
/** Sealed changes that travel together, in bytes: a batch ends with the act that goes beyond. One change has 1.4 MiB at most. */
const CHANGE_BYTES_AT_ONCE = 4 * 1024 * 1024

/** Whether there is an act that the trail does not have yet. */
export async function isActWaiting(sql: Queryable): Promise<boolean> {
  const found = await sql`select 1 from audit_outbox order by audit_id limit 1`
  return found.length > 0
}

/** The oldest acts that the trail does not have yet. They stay until `forgetActs`, so that nothing is lost between the two. */
export async function takeActs(sql: Queryable): Promise<OutgoingAct[]> {
  const rows = await sql<(OutgoingAct & { occurred_at: Date })[]>`
    with oldest as (
      select *, sum(coalesce(octet_length(change_encrypted), 0)) over (order by audit_id rows unbounded preceding)
        - coalesce(octet_length(change_encrypted), 0) as bytes_before
      from (select * from audit_outbox order by audit_id limit ${SHIPPED_AT_ONCE}) first)
    select audit_id, occurred_at, operation, user_id, service as acting_service, session_id, client_id, ip_hash, entity_id, outcome,
      correlation_id, traceparent, change_encrypted, auth_method
    from oldest where bytes_before < ${CHANGE_BYTES_AT_ONCE} order by audit_id`
  return rows.map((row) => ({ ...row, occurred_at: row.occurred_at.toISOString() }))
}

/** Deletes acts that the trail has. They come in the order of their ids, whose range tells the partition. */
export async function forgetActs(sql: Queryable, acts: readonly OutgoingAct[]): Promise<void> {
  const ids = acts.map((act) => act.audit_id)
  await sql`
    delete from audit_outbox where audit_id = any(${textArray(ids)}::uuid[])
      and audit_id between ${ids[0] as string} and ${ids.at(-1) as string}`
}

const COUNTED_AT_MOST = 100_000

/** How many acts the trail does not have yet; from 100,000 on it stops counting. */
export async function countUnaudited(sql: Queryable): Promise<number> {
  const [row] = await sql<{ waiting: number }[]>`
    select count(*)::int as waiting from (select from audit_outbox limit ${COUNTED_AT_MOST}) waiting`
  return row?.waiting ?? 0
}
