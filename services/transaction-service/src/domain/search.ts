import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { TransactionStatus, TransactionType } from '../tables.ts'

/** What a search narrows by; what is left out lets everything through. Value dates and amounts are included. */
export interface Filters {
  status?: TransactionStatus | undefined
  transaction_type?: TransactionType | undefined
  min_amount_cents?: bigint | undefined
  max_amount_cents?: bigint | undefined
  from?: string | undefined
  to?: string | undefined
  /** The other account. */
  counter_account_id?: string | undefined
  /** Beginnings of words that all have to be there. */
  words?: readonly string[] | undefined
}

/** Where a search looks: never in everything, so that it costs the same however large the bank is. */
export type Scope =
  | { kind: 'accounts'; account_ids: readonly string[] }
  | { kind: 'reference'; transaction_ref: string }
  | { kind: 'days'; from: string; to: string }
  | { kind: 'approvals' }

/** The longest span of value dates of the whole bank that one search looks through. */
const LONGEST_SPAN_DAYS = 31
const DAY_MS = 86_400_000
const REFERENCE = /^TXN-\d{4}-\d{10}$/

/** Where a search of staff looks that names no account: at a reference, at what waits for a person, or at a few days. SEARCH_TOO_WIDE else. */
export function decideWideScope({ q, status, from, to }: Filters & { q?: string | undefined }): Scope {
  const transaction_ref = q?.trim().toUpperCase() ?? ''
  if (REFERENCE.test(transaction_ref)) return { kind: 'reference', transaction_ref }
  const isShort = from !== undefined && to !== undefined && daysFrom(from, to) <= LONGEST_SPAN_DAYS
  if (isShort) return { kind: 'days', from, to }
  if (status === 'AWAITING_APPROVAL') return { kind: 'approvals' }
  throw new Problem(problems.SEARCH_TOO_WIDE)
}

/** Days of a span, both ends included. */
export function daysFrom(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1
}
