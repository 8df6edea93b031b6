import type { Caller, Trace } from '#libs/contract/client.ts'
import type { InputOf, Operation } from '#libs/contract/operation.ts'
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
      correlation_id, traceparent, change_encrypted, auth_method)
    select audit_id, ${new Date()}, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent,
      change_encrypted, auth_method
    from unnest(${column((act) => act.change?.audit_id ?? newId())}::uuid[], ${column((act) => act.operation)}::text[], ${column((act) => act.caller.sub)}::text[],
      ${column((act) => act.caller.service)}::text[], ${column((act) => act.caller.session_id)}::text[],
      ${column((act) => act.caller.client_id)}::text[], ${column((act) => act.caller.ip_hash)}::text[],
      ${column((act) => act.entity_id)}::text[], ${column((act) => act.outcome)}::text[],
      ${column((act) => act.trace.correlation_id)}::text[], ${column((act) => act.trace.traceparent)}::text[],
      ${column((act) => act.change?.change_encrypted ?? null)}::text[], ${column((act) => authMethodOf(act.caller))}::text[])
      as act (audit_id, operation, user_id, service, session_id, client_id, ip_hash, entity_id, outcome, correlation_id, traceparent,
        change_encrypted, auth_method)`
}

/** How somebody proved himself, as one word: `pwd+otp`. Null for nobody and for services. */
function authMethodOf({ amr }: Caller): string | null {
  return amr.length === 0 ? null : amr.join('+')
}

/** The schemas of a contract, whose order decides which id comes first. */
type Named = Pick<Operation, 'params' | 'body' | 'query' | 'reply'>

/**
 * What an act was about: the first id of the path (or what else stands there), else the first that the reply names (what was made), else the
 * first that the body or the query may name, so that a refused act has one too. In the order of the contract, not of the caller.
 */
export function entityOf(contract: Named, input: Partial<InputOf<Operation>>, reply: unknown): string | null {
  return (
    firstId(contract.params, input.params) ??
    textsOf(contract.params, input.params)[0]?.text ??
    firstId(contract.reply, reply) ??
    firstId(contract.body, input.body) ??
    firstId(contract.query, input.query)
  )
}

function firstId(schema: unknown, record: unknown): string | null {
  return textsOf(schema, record).find(({ name }) => name.endsWith('_id'))?.text ?? null
}

/** The texts among the fields that a schema names; of a schema that names none, among those that are there. */
function textsOf(schema: unknown, record: unknown): { name: string; text: string }[] {
  if (record === null || typeof record !== 'object') return []
  const { properties } = schema as { properties?: object }
  return Object.keys(properties ?? record).flatMap((name) => {
    const text = (record as Record<string, unknown>)[name]
    return typeof text === 'string' ? [{ name, text }] : []
  })
}
