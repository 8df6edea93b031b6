import type { Caller, Trace } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'

/** One act for the trail: who did what to what, and how it ended (`done`, or the code of the refusal). */
export interface AuditedAct {
  operation: string
  caller: Caller
  trace: Trace
  entity_id: string | null
  outcome: string
}

/** Writes acts set-based into the service's `audit_outbox`, in the transaction of the acts. */
export async function writeAudit(tx: Queryable, acts: readonly AuditedAct[]): Promise<void> {
  if (acts.length === 0) return
  const column = (pick: (act: AuditedAct) => string | null): string => textArray(acts.map(pick))
  await tx`
    insert into audit_outbox (audit_id, occurred_at, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome,
      correlation_id, traceparent)
    select audit_id, ${new Date()}, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent
    from unnest(${column(() => newId())}::uuid[], ${column((act) => act.operation)}::text[], ${column((act) => act.caller.sub)}::text[],
      ${column((act) => act.caller.service)}::text[], ${column((act) => act.caller.session_id)}::text[],
      ${column((act) => act.caller.client_id)}::text[], ${column((act) => act.caller.ip_hash)}::text[],
      ${column((act) => act.entity_id)}::text[], ${column((act) => act.outcome)}::text[],
      ${column((act) => act.trace.correlation_id)}::text[], ${column((act) => act.trace.traceparent)}::text[])
      as act (audit_id, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent)`
}

/** The id an act was about: the first id among the params, else the one the reply names first. */
export function entityOf(params: unknown, reply: unknown): string | null {
  return firstId(params) ?? firstId(reply)
}

function firstId(record: unknown): string | null {
  if (record === null || typeof record !== 'object') return null
  for (const [name, value] of Object.entries(record))
    if (name.endsWith('_id') && typeof value === 'string') return value
  return null
}
