import type { BeneficiaryType, FraudDecision, ScaGround, TransactionStatus, TransactionType } from '#contracts/enums.ts'
import type { Id } from '#libs/ids/ids.ts'

export type { BeneficiaryType, FraudDecision, TransactionStatus, TransactionType }

/** Where the saga of a transaction stands; its `status` is what people are told of it. */
export type Stage =
  | 'INITIATED'
  | 'RESERVED'
  | 'AWAITING_APPROVAL'
  | 'PROCESSING'
  | 'RELEASING'
  | 'COMPLETED'
  | 'FAILED'
  | 'CANCELLED'
  | 'REVERSED'

/** A row of `transactions`. Money in minor units of `currency`; `value_date` is `YYYY-MM-DD`. */
export interface TransactionRow {
  transaction_id: Id
  transaction_ref: string
  transaction_type: TransactionType
  status: TransactionStatus
  stage: Stage
  stage_at: Date
  source_account_id: Id | null
  destination_account_id: Id | null
  amount_cents: bigint
  currency: string
  description: string
  external_reference: string | null
  value_date: string
  branch_id: string | null
  hold_id: Id | null
  fraud_score: number | null
  requires_approval: boolean
  failure_code: string | null
  initiated_by: string
  approved_by: string | null
  decision_reason: string | null
  session_id: string | null
  client_id: string | null
  device_id: string | null
  auth_method: string | null
  batch_id: Id | null
  ledger_transaction_id: Id | null
  correlation_id: string
  traceparent: string
  event_count: number
  created_at: Date
  completed_at: Date | null
  booked_at: Date | null
  reversal_of: Id | null
  reversed_by: Id | null
  cancelled_by: string | null
  projected_from: string | null
  /** Why it could begin (`SCA_GROUNDS`), and by which version of the policy; null for what no payer begins from afar. */
  sca: ScaGround | null
  sca_policy: number | null
}

/** A row of `transaction_events`. */
export interface TransactionEventRow {
  transaction_id: Id
  sequence: number
  event_type: string
  status: TransactionStatus
  code: string | null
  data: Readonly<Record<string, unknown>>
  occurred_at: Date
  correlation_id: string
}

/** A row of `beneficiaries`; name and number are sealed. */
export interface BeneficiaryRow {
  beneficiary_id: Id
  customer_id: Id
  beneficiary_type: BeneficiaryType
  name_encrypted: string
  account_number_encrypted: string
  payee_hash: string
  account_id: Id | null
  bank_code: string | null
  country: string | null
  currency: string
  is_favourite: boolean
  /** When its customer confirmed it as trusted; null for one that is not. */
  trusted_at: Date | null
  last_paid_at: Date | null
  created_at: Date
  version: number
}
