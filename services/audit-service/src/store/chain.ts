import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { Head, LinkRow } from '../tables.ts'

/** A link on its way into the trail, with the change that its hash has the digest of. */
export interface NewLink extends LinkRow {
  change_encrypted: string | null
}

/** Where the chain stands. */
export async function readHead(sql: Queryable): Promise<Head> {
  const [head] = await sql<Head[]>`select sequence, encode(hash, 'hex') as hash from audit_chain`
  if (head === undefined) throw new Error('audit_chain is empty')
  return head
}

/** Holds the chain: whoever adds to it next waits until this transaction has ended. */
export async function lockHead(tx: Tx): Promise<Head> {
  const [head] = await tx<Head[]>`select sequence, encode(hash, 'hex') as hash from audit_chain for update`
  if (head === undefined) throw new Error('audit_chain is empty')
  return head
}

/** Adds links to a chain whose head is locked, and moves it. */
export async function appendLinks(tx: Tx, links: readonly NewLink[]): Promise<void> {
  const last = links.at(-1)
  if (last === undefined) return
  const column = (pick: (link: NewLink) => string | null): string => textArray(links.map(pick))
  const time = (us: bigint): string => new Date(Number(us / 1000n)).toISOString()
  await tx`
    insert into audit_trail (audit_id, sequence, occurred_at, received_at, service, operation, user_id, acting_service, session_id, client_id,
      ip_hash, entity_id, outcome, correlation_id, traceparent, change_encrypted, auth_method, prev_hash, hash)
    select audit_id, sequence, occurred_at, received_at, service, operation, user_id, acting_service, session_id, client_id, ip_hash, entity_id,
      outcome, correlation_id, traceparent, change_encrypted, auth_method, decode(prev_hash, 'hex'), decode(hash, 'hex')
    from unnest(${column((link) => link.audit_id)}::uuid[], ${column((link) => String(link.sequence))}::bigint[],
      ${column((link) => time(link.occurred_at_us))}::timestamptz[], ${column((link) => time(link.received_at_us))}::timestamptz[],
      ${column((link) => link.service)}::text[], ${column((link) => link.operation)}::text[], ${column((link) => link.user_id)}::text[],
      ${column((link) => link.acting_service)}::text[], ${column((link) => link.session_id)}::text[],
      ${column((link) => link.client_id)}::text[], ${column((link) => link.ip_hash)}::text[], ${column((link) => link.entity_id)}::text[],
      ${column((link) => link.outcome)}::text[], ${column((link) => link.correlation_id)}::text[],
      ${column((link) => link.traceparent)}::text[], ${column((link) => link.change_encrypted)}::text[], ${column((link) => link.auth_method)}::text[],
      ${column((link) => link.prev_hash)}::text[], ${column((link) => link.hash)}::text[])
      as link (audit_id, sequence, occurred_at, received_at, service, operation, user_id, acting_service, session_id, client_id, ip_hash,
        entity_id, outcome, correlation_id, traceparent, change_encrypted, auth_method, prev_hash, hash)`
  await tx`update audit_chain set sequence = ${last.sequence}, hash = decode(${last.hash}, 'hex')`
}

/** Links behind a place in the chain, in its order; equal sequences, which only tampering makes, in the order of their ids. */
export function linksAfter(
  sql: Queryable,
  after: { sequence: bigint; audit_id: string },
  limit: number,
): PromiseLike<readonly LinkRow[]> {
  return sql<LinkRow[]>`
    select audit_id, sequence, (extract(epoch from occurred_at) * 1000000)::bigint as occurred_at_us,
      (extract(epoch from received_at) * 1000000)::bigint as received_at_us, service, operation, user_id, acting_service, session_id, client_id,
      ip_hash, entity_id, outcome, correlation_id, traceparent, auth_method,
      encode(sha256(convert_to(change_encrypted, 'UTF8')), 'hex') as change_sha256,
      encode(prev_hash, 'hex') as prev_hash, encode(hash, 'hex') as hash
    from audit_trail where (sequence, audit_id) > (${after.sequence}, ${after.audit_id}::uuid)
    order by sequence, audit_id limit ${limit}`
}
