import type { AccountStatus, AccountType, KycStatus } from '#contracts/enums.ts'

export type Relation = 'OWNER' | 'JOINT' | 'DELEGATE'
export type Capability = 'view' | 'debit' | 'manage'
/** Why a state changed, as a code for events, which carry no free text: people write names into it. */
export type ReasonCode = 'STAFF_DECISION' | 'OWNER_REQUEST' | 'KYC_APPROVED' | 'KYC_REJECTED'

export interface ProductRow {
  product_id: string
  name: string
  account_type: AccountType
  currencies: string[]
  overdraft_allowed: boolean
  is_offered: boolean
  interest_rate_ppm: number
  /** Limits of a day, in hundredths of the unit of an account's currency; null: no limit. */
  default_daily_hundredths: number | null
  highest_daily_hundredths: number | null
}

export interface BranchRow {
  branch_id: string
  name: string
  is_main_office: boolean
}

export interface AccountRow {
  account_id: string
  account_number: string
  customer_id: string
  product_id: string
  account_type: AccountType
  currency: string
  status: AccountStatus
  branch_id: string
  overdraft_limit_cents: bigint
  opened_date: string
  closed_at: Date | null
  version: number
  frozen_reason: string | null
  created_by: string
  created_at: Date
  updated_at: Date
  nickname: string | null
  statement_delivery: 'NONE' | 'EMAIL'
  settings_version: number
  /** How far an owner may raise his limits again where staff lowered them; null: as far as the product goes. */
  daily_ceiling_cents: bigint | null
  monthly_ceiling_cents: bigint | null
}

export interface OwnerRow {
  account_id: string
  customer_id: string
  relation: Relation
  capabilities: Capability[]
  added_at: Date
  via_relation: boolean
  /** Both or none, and of a delegate only: what he may let out by one payment, and in a day. */
  max_amount_cents: bigint | null
  max_day_cents: bigint | null
}

/** A change of state that the ledger was told of, or is being told, and that is not recorded yet. */
export interface StateCommandRow {
  command_id: string
  account_id: string
  command: 'ACTIVATE' | 'FREEZE' | 'UNFREEZE' | 'CLOSE'
  version: number
  reason: string | null
  reason_code: ReasonCode
  requested_by: string
  requested_at: Date
  correlation_id: string
  traceparent: string
}

/** What is known of a customer here. */
export interface StandingRow {
  customer_id: string
  kyc_status: KycStatus
  is_refused: boolean
  updated_at: Date
}

export interface RelationRow {
  customer_id: string
  related_customer_id: string
  relation: 'JOINT' | 'DELEGATE'
  capabilities: Capability[]
}

export interface LogRow {
  account_id: string
  sequence: number
  change_type: string
  changed_by: string
  by_bank: boolean
  changed_at: Date
  details: Record<string, string | null>
}

/** A change of settings that the ledger was told of, or is being told, and that is not recorded yet. */
export interface LimitCommandRow {
  account_id: string
  command_id: string
  settings_version: number
  daily_limit_cents: bigint | null
  monthly_limit_cents: bigint | null
  low_balance_alert_cents: bigint | null
  statement_delivery: 'NONE' | 'EMAIL'
  changed_fields: string[]
  daily_ceiling_cents: bigint | null
  monthly_ceiling_cents: bigint | null
  /** Of what two officers decided: the proposal, who approved and why. */
  proposal_id: string | null
  approved_by: string | null
  decision_reason_encrypted: string | null
  requested_by: string
  by_bank: boolean
  requested_at: Date
  correlation_id: string
  traceparent: string
}

/** A proposal with its decision, which stands in a table of its own; null where there is none yet. */
export interface LimitProposalRow {
  proposal_id: string
  account_id: string
  currency: string
  changes_daily: boolean
  changes_monthly: boolean
  daily_limit_cents: bigint | null
  monthly_limit_cents: bigint | null
  reason_encrypted: string
  proposed_by: string
  proposed_at: Date
  expires_at: Date
  status: 'PENDING' | 'APPROVED' | 'REJECTED' | 'EXPIRED'
  decided_by: string | null
  decided_at: Date | null
  decision_reason_encrypted: string | null
}

export interface AlertRow {
  account_id: string
  threshold_cents: bigint
  is_low: boolean
}

/** `month_sum` is read as text: it is beyond what an int8 holds. */
export interface AccrualRow {
  account_id: string
  business_date: string
  balance_cents: bigint
  rate_ppm: number
  month_sum: string
  accrued_cents: bigint
}

export interface InterestPostingRow {
  posting_id: string
  kind: 'ACCRUAL' | 'PAYMENT'
  business_date: string
  currency: string
  amount_cents: bigint
  account_id: string | null
  ledger_transaction_id: string | null
  created_at: Date
}

export interface ClosingRow {
  closing_id: string
  account_id: string
  payout_account_id: string
  status: 'PENDING' | 'COMPLETED' | 'FAILED'
  payout_cents: bigint | null
  failure_code: string | null
  reason_code: ReasonCode
  requested_by: string
  requested_at: Date
  ended_at: Date | null
  correlation_id: string
  traceparent: string
}

export interface PayoutRow {
  closing_id: string
  attempt: number
  amount_cents: bigint
  ledger_transaction_id: string | null
  refusal_code: string | null
}

export interface StatementRow {
  statement_id: string
  account_id: string
  from_date: string
  to_date: string
  opening_balance_cents: bigint
  closing_balance_cents: bigint
  entry_count: number
  created_at: Date
}

export interface StatementRunRow {
  to_date: string
  last_account: string | null
  requested_at: Date
  correlation_id: string
  traceparent: string
}
