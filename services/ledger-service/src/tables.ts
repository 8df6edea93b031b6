/** The side of a double entry; an account's normal side is the one that raises its balance. */
export type Side = 'DEBIT' | 'CREDIT'
export type AccountState = 'OPEN' | 'DEBIT_BLOCKED' | 'CREDIT_BLOCKED' | 'FROZEN' | 'CLOSED'
export type AccountType = 'ASSET' | 'LIABILITY' | 'EQUITY' | 'INCOME' | 'EXPENSE'
export type HoldStatus = 'ACTIVE' | 'CAPTURED' | 'RELEASED' | 'EXPIRED'

/** What a decision needs of an account. `entry_count` is the sequence of its last entry. */
export interface AccountBalance {
  readonly ledger_account_id: string
  readonly currency: string
  readonly normal_side: Side
  readonly state: AccountState
  /** Null: no floor. */
  readonly overdraft_limit_cents: bigint | null
  readonly ledger_balance_cents: bigint
  readonly held_cents: bigint
  readonly entry_count: number
}

export interface LedgerAccountRow extends AccountBalance {
  readonly gl_code: string
  readonly name: string
  readonly account_type: AccountType
  readonly state_version: number
  readonly created_at: Date
}

export interface HoldRow {
  readonly hold_id: string
  readonly ledger_account_id: string
  readonly transaction_id: string
  readonly amount_cents: bigint
  readonly captured_cents: bigint
  readonly currency: string
  readonly status: HoldStatus
  readonly expires_at: Date
  readonly placed_at: Date
}

/** A booked transaction; `reversed_by` is joined from `reversals`. */
export interface JournalRow {
  readonly ledger_transaction_id: string
  readonly transaction_id: string
  readonly business_event: string
  readonly reference: string
  readonly description: string
  readonly currency: string
  readonly debit_account_ids: string[]
  readonly credit_account_ids: string[]
  readonly amounts_cents: bigint[]
  readonly value_date: string
  readonly business_date: string
  readonly booked_at: Date
  readonly hold_id: string | null
  readonly reversal_of: string | null
  readonly reversed_by: string | null
}

export interface BankClockRow {
  readonly offset_ms: bigint
  readonly business_date: string
}
