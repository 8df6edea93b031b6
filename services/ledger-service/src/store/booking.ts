import type { Caller, Trace } from '#libs/contract/client.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Outcome } from '../domain/core.ts'
import type { Exchange } from '../domain/exchange.ts'

/** A decided transaction on its way into the journal. */
export interface Booking {
  readonly ledger_transaction_id: Id
  readonly caller: Caller
  readonly trace: Trace
  readonly transaction_id: Id
  readonly step: string
  readonly business_event: string
  readonly reference: string
  readonly description: string
  readonly value_date: string
  readonly hold_id: Id | null
  /** Counted against limits. */
  readonly is_limited: boolean
  readonly reversal_of: Id | null
  readonly exchange: Exchange | null
  readonly metadata: Readonly<Record<string, string>> | null
  readonly outcome: Extract<Outcome, { kind: 'booked' }>
}
