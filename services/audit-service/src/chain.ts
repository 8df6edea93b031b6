import { hash } from 'node:crypto'
import type { ChainedAct, Head, LinkRow } from './tables.ts'

/** What the first act follows. */
export const GENESIS: Head = Object.freeze({ sequence: 0n, hash: '0'.repeat(64) })

/** With how the person proved himself, at the end, where that is known; without it the text is that of the first version. */
const VERSIONS = { plain: 'bankflow-audit/1', proved: 'bankflow-audit/2' } as const

/**
 * The one text of an act at its place in the chain: a JSON array of fixed order, so that no two acts share a text. Numbers are texts, because
 * JSON readers disagree on large ones.
 */
export function canonical(act: ChainedAct, prev_hash: string): string {
  return JSON.stringify([
    act.auth_method === null ? VERSIONS.plain : VERSIONS.proved,
    String(act.sequence),
    prev_hash,
    act.audit_id,
    String(act.occurred_at_us),
    String(act.received_at_us),
    act.service,
    act.operation,
    act.user_id,
    act.acting_service,
    act.session_id,
    act.client_id,
    act.ip_hash,
    act.entity_id,
    act.outcome,
    act.correlation_id,
    act.traceparent,
    act.change_sha256,
    ...(act.auth_method === null ? [] : [act.auth_method]),
  ])
}

/** The hash of an act behind another: SHA-256 of its canonical text, hexadecimal. */
export function hashOf(act: ChainedAct, prev_hash: string): string {
  return hash('sha256', canonical(act, prev_hash))
}

/** Chains acts behind a head, one after the other. */
export function chained(head: Head, acts: readonly Omit<ChainedAct, 'sequence'>[]): LinkRow[] {
  let last = head
  return acts.map((act) => {
    const placed = { ...act, sequence: last.sequence + 1n }
    const link = { ...placed, prev_hash: last.hash, hash: hashOf(placed, last.hash) }
    last = link
    return link
  })
}

export type Break = 'CHANGED' | 'MISSING' | 'OUT_OF_ORDER'

/** What is wrong with a link behind the last good one; null when it fits. */
export function breakOf(last: Head, link: LinkRow): Break | null {
  if (link.sequence > last.sequence + 1n) return 'MISSING'
  if (link.sequence <= last.sequence || link.prev_hash !== last.hash) return 'OUT_OF_ORDER'
  return link.hash === hashOf(link, last.hash) ? null : 'CHANGED'
}
