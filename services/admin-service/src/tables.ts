import type { TransactionStatus } from '#contracts/enums.ts'
import type { SettingRow } from '#contracts/settings.ts'

export type { TransactionStatus }

/** A row of the catalogue: what a setting is, whatever its value. */
export type Definition = SettingRow
export type SubjectType = 'TRANSACTION' | 'KYC' | 'SETTING' | 'LEDGER_PROPOSAL' | 'USER_PROPOSAL' | 'LIMIT_PROPOSAL'
export type Decision = 'APPROVED' | 'REJECTED'
export type ApprovalStatus = 'PENDING' | Decision | 'WITHDRAWN'

export interface SystemSettingRow {
  setting_key: string
  value_encrypted: string | null
  version: number
  changed_by: string | null
  changed_at: Date | null
}

export interface SettingHistoryRow {
  setting_key: string
  version: number
  value_encrypted: string
  reason: string
  changed_by: string
  approved_by: string | null
  changed_at: Date
}

export interface ApprovalRow {
  approval_id: string
  subject_type: SubjectType
  subject_id: string
  rule: string
  summary: string
  status: ApprovalStatus
  requested_by: string | null
  request_reason: string | null
  requested_at: Date
  claimed_by: string | null
  claimed_decision: Decision | null
  claimed_reason: string | null
  claimed_at: Date | null
  decided_by: string | null
  decided_at: Date | null
  reason: string | null
}

export interface ProposalRow {
  approval_id: string
  setting_key: string
  value_encrypted: string
  value_before_encrypted: string
}
