import type { FraudDecision } from '#contracts/enums.ts'

export type Decision = FraudDecision
export type Measure = 'AMOUNT' | 'VELOCITY_COUNT' | 'VELOCITY_AMOUNT' | 'NEW_PAYEE_AMOUNT'

export interface RuleRow {
  rule_id: string
  measure: Measure
  window_s: number
  /** Hundredths of the currency's unit (1,000.00 is 100000, also of yen and dinars), or a number of transfers. */
  threshold: bigint
  decision: Decision
  score: number
  is_active: boolean
  description: string
}

export interface CheckRow {
  transaction_id: string
  decision: Decision
  fraud_score: number
  reason_codes: string[]
  checked_at: Date
}

export interface VelocityRow {
  account_id: string
  activity_count: bigint
  counted_cents: bigint
  counted_at: Date
}
