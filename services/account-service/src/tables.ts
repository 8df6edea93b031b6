import type { AccountStatus, AccountType } from '#contracts/enums.ts'

export type Relation = 'OWNER' | 'JOINT' | 'DELEGATE'
export type Capability = 'view' | 'debit' | 'manage'

export interface ProductRow {
  product_id: string
  name: string
  account_type: AccountType
  currencies: string[]
  overdraft_allowed: boolean
  is_offered: boolean
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
}

export interface OwnerRow {
  account_id: string
  customer_id: string
  relation: Relation
  capabilities: Capability[]
  added_at: Date
}

/** A change of state that the ledger was told of, or is being told, and that is not recorded yet. */
export interface StateCommandRow {
  command_id: string
  account_id: string
  command: 'FREEZE' | 'UNFREEZE' | 'CLOSE'
  version: number
  reason: string | null
  reason_code: string
  requested_by: string
  requested_at: Date
  correlation_id: string
  traceparent: string
}
