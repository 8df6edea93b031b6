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
  /** What may leave it in a day and in a month; null: no limit. */
  readonly daily_limit_cents: bigint | null
  readonly monthly_limit_cents: bigint | null
  /** What has left it or is held, as of the business date `debited_on` and its month; null: nothing ever was. */
  readonly debited_today_cents: bigint
  readonly debited_month_cents: bigint
  readonly debited_on: string | null
}

export interface LedgerAccountRow extends AccountBalance {
  readonly gl_code: string
  readonly name: string
  readonly account_type: AccountType
  readonly state_version: number
  readonly limits_version: number
  readonly floor_version: number
  readonly created_at: Date
}

/** OWN: an account of the bank's for each currency; SUBLEDGER: one for each customer's; GROUP: a heading. */
export type GlKind = 'OWN' | 'SUBLEDGER' | 'GROUP'

/** A line of the chart of accounts. */
export interface GlAccountRow {
  readonly gl_code: string
  readonly name: string
  readonly account_type: AccountType
  readonly normal_side: Side
  readonly kind: GlKind
  readonly parent_code: string | null
  readonly is_active: boolean
}

/** Which line a role of a business event stands for, from a business date on; the latest counts. */
export interface GlMappingRow {
  readonly mapping_no: number
  readonly business_event: string
  /** `*`: any that has none of its own. */
  readonly product: string
  readonly role: string
  readonly gl_code: string
  readonly valid_from: string
  readonly set_at: Date
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
  /** The day that what it was placed for counts in against the limits. */
  readonly business_date: string
  /** The days of its increases and what they added, which counts on them; null where there are none of another day. */
  readonly increase_dates: readonly string[] | null
  readonly increases_cents: readonly bigint[] | null
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
  /** Of each posting; null where all are in the transaction's. */
  readonly currencies: string[] | null
  readonly exchange: { sell_currency: string; buy_currency: string; rate: string } | null
  readonly metadata: Record<string, string> | null
  readonly value_date: string
  readonly business_date: string
  readonly booked_at: Date
  readonly hold_id: string | null
  readonly reversal_of: string | null
  readonly reversed_by: string | null
}

/** Where the books stand in time. */
export interface BankClockRow {
  /** How far they are ahead of the wall clock; below zero: behind it. */
  readonly offset_ms: number
  /** The date that is booked under: it follows the clock's when the day before was cut off. */
  readonly business_date: string
  /** Where the clock is on its way to, day by day. */
  readonly moving_to: Date | null
  /** The way ends at the wall's now, whatever that is then. */
  readonly joins_wall: boolean
  /** The last day of the last closed month; null while none is closed. */
  readonly closed_through: string | null
  readonly version: number
}

export type EndOfDayStep = 'CUT_OFF' | 'EXPIRE_HOLDS' | 'SNAPSHOT' | 'ACCRUE' | 'RECONCILE' | 'CLOSE'

export interface EndOfDayRunRow {
  readonly run_id: string
  readonly business_date: string
  readonly status: 'RUNNING' | 'STUCK' | 'COMPLETED'
  /** The next step; null at the end. */
  readonly step: EndOfDayStep | null
  readonly accrual_cursor: string | null
  readonly error: string | null
  readonly attempts: number
  readonly next_attempt_at: Date
  readonly started_at: Date
  readonly completed_at: Date | null
}

export interface EndOfDayStepRow {
  readonly run_id: string
  readonly step: EndOfDayStep
  readonly items: number
  readonly started_at: Date
  readonly completed_at: Date | null
}

export type ProposalKind = 'TRANSACTION' | 'HOLD' | 'ADJUSTMENT' | 'PERIOD_CLOSE'
/** APPROVED waits to be carried out; then it is DONE, or REFUSED by the ledger. */
export type ProposalStatus = 'PENDING' | 'APPROVED' | 'DONE' | 'REFUSED' | 'REJECTED' | 'WITHDRAWN' | 'EXPIRED'

export interface ProposalRow {
  readonly proposal_id: string
  readonly kind: ProposalKind
  readonly status: ProposalStatus
  /** The transaction or the hold as it came over the wire; null where a period is closed. */
  readonly content: unknown
  readonly period: string | null
  readonly reason: string
  readonly documents: string[]
  readonly proposed_by: string
  readonly proposed_at: Date
  readonly expires_at: Date
  readonly decided_by: string | null
  readonly decided_at: Date | null
  readonly decision_reason: string | null
  readonly correlation_id: string | null
  /** Not before, where carrying it out has failed. */
  readonly next_attempt_at: Date | null
  readonly carried_out_at: Date | null
  readonly ledger_transaction_id: string | null
  readonly hold_id: string | null
  readonly refusal_code: string | null
  readonly refusal_detail: string | null
}

export interface AccountingPeriodRow {
  readonly period: string
  readonly kind: 'MONTH' | 'YEAR'
  readonly first_date: string
  readonly last_date: string
  readonly status: 'CLOSING' | 'CLOSED'
  /** What is done next; null at the end. */
  readonly step: 'CLOSING_ENTRIES' | 'CARRY_OVER' | 'REPORTS' | null
  readonly proposal_id: string
  readonly began_at: Date
  /** When the step before was done; where nothing was ever booked, what the reports know. */
  readonly settled_at: Date
  /** The newest event of then: the step waits until all up to it is sealed. */
  readonly settled_event: string | null
  readonly closed_at: Date | null
  readonly known_at: Date | null
}

export interface ReconciliationRow {
  readonly run_id: string
  readonly scope: 'DAY' | 'FULL' | 'CONTINUOUS'
  readonly business_date: string
  readonly status: 'RUNNING' | 'PASSED' | 'FAILED'
  readonly accounts: number
  readonly started_at: Date
  readonly completed_at: Date | null
}
