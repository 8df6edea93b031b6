import type { Caller, Trace } from '#libs/contract/client.ts'
import type { Sealer } from '#libs/crypto/envelope.ts'
import { newId } from '#libs/ids/ids.ts'
import { encode } from '#libs/json/json.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** One act for the trail: who did what to what, and how it ended (`done`, or the code of the refusal). */
export interface AuditedAct {
  operation: string
  caller: Caller
  trace: Trace
  entity_id: string | null
  outcome: string
  /** What it changed, sealed for the trail. */
  change?: SealedChange | undefined
}

/** What an act changed: the state before and after it, as far as a reviewer needs it. */
export interface Change {
  before: unknown
  after: unknown
}

/** A change that only the audit trail can read, and the id of the line that it belongs to. */
export interface SealedChange {
  audit_id: string
  change_encrypted: string
}

/** The purpose of the keys that changes are sealed with: of the service that writes them and of the trail that shows them. */
export const AUDIT_PURPOSE = 'audit change'

/** Seals a change; the place is the line of the trail that it belongs to. RangeError beyond 1 MiB. */
export function sealChange(changes: Sealer, change: Change): SealedChange {
  const audit_id = newId()
  return { audit_id, change_encrypted: changes.seal(encode(change), placeOfChange(audit_id)) }
}

/** Where a change belongs, as a part of its seal. */
export function placeOfChange(audit_id: string): string {
  return `audit.change/${audit_id}`
}

/** Writes acts set-based into the service's `audit_outbox`, in the transaction of the acts. */
export async function writeAudit(tx: Queryable, acts: readonly AuditedAct[]): Promise<void> {
  if (acts.length === 0) return
  const column = (pick: (act: AuditedAct) => string | null): string => textArray(acts.map(pick))
  await tx`
    insert into audit_outbox (audit_id, occurred_at, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome,
      correlation_id, traceparent, change_encrypted)
    select audit_id, ${new Date()}, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent,
      change_encrypted
    from unnest(${column((act) => act.change?.audit_id ?? newId())}::uuid[], ${column((act) => act.operation)}::text[], ${column((act) => act.caller.sub)}::text[],
      ${column((act) => act.caller.service)}::text[], ${column((act) => act.caller.session_id)}::text[],
      ${column((act) => act.caller.client_id)}::text[], ${column((act) => act.caller.ip_hash)}::text[],
      ${column((act) => act.entity_id)}::text[], ${column((act) => act.outcome)}::text[],
      ${column((act) => act.trace.correlation_id)}::text[], ${column((act) => act.trace.traceparent)}::text[],
      ${column((act) => act.change?.change_encrypted ?? null)}::text[])
      as act (audit_id, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent,
        change_encrypted)`
}

/** The parts of an input, any of which may name what an act is about. */
interface Named {
  params?: unknown
  body?: unknown
  query?: unknown
}

/**
 * The id that an act was about: the first among the params, else the first that the reply names (what was made), else what the caller named
 * in the body or the query, so that a refused act has one too.
 */
export function entityOf({ params, body, query }: Named, reply: unknown): string | null {
  return firstId(params) ?? firstId(reply) ?? firstId(body) ?? firstId(query)
}

function firstId(record: unknown): string | null {
  if (record === null || typeof record !== 'object') return null
  for (const [name, value] of Object.entries(record))
    if (name.endsWith('_id') && typeof value === 'string') return value
  return null
}
