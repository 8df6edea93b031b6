/** The closed lists of words of the bank: one vocabulary for wire, events and tables. */

export const ROLES = [
  'customer',
  'teller',
  'support',
  'analyst',
  'underwriter',
  'compliance',
  'operator',
  'auditor',
  'admin',
] as const
export type Role = (typeof ROLES)[number]

export const ACCOUNT_TYPES = ['CHECKING', 'SAVINGS', 'BUSINESS', 'LOAN', 'CREDIT'] as const
export type AccountType = (typeof ACCOUNT_TYPES)[number]

export const ACCOUNT_STATUSES = ['PENDING', 'ACTIVE', 'FROZEN', 'DORMANT', 'CLOSED'] as const
export type AccountStatus = (typeof ACCOUNT_STATUSES)[number]

export const TRANSACTION_TYPES = [
  'TRANSFER',
  'DEPOSIT',
  'WITHDRAWAL',
  'PAYMENT',
  'BILL_PAYMENT',
  'CARD',
  'FEE',
  'INTEREST',
  'LOAN_DISBURSEMENT',
  'LOAN_PAYMENT',
  'REVERSAL',
  'ADJUSTMENT',
] as const
export type TransactionType = (typeof TRANSACTION_TYPES)[number]

export const TRANSACTION_STATUSES = [
  'PENDING',
  'PROCESSING',
  'AWAITING_APPROVAL',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'REVERSED',
] as const
export type TransactionStatus = (typeof TRANSACTION_STATUSES)[number]

export const FRAUD_DECISIONS = ['ALLOW', 'STEP_UP', 'REVIEW', 'BLOCK'] as const
export type FraudDecision = (typeof FRAUD_DECISIONS)[number]

export const LEDGER_ACCOUNT_TYPES = ['ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE'] as const
export type LedgerAccountType = (typeof LEDGER_ACCOUNT_TYPES)[number]

export const NORMAL_SIDES = ['DEBIT', 'CREDIT'] as const
export type NormalSide = (typeof NORMAL_SIDES)[number]

export const LEDGER_ACCOUNT_STATES = ['OPEN', 'DEBIT_BLOCKED', 'CREDIT_BLOCKED', 'FROZEN', 'CLOSED'] as const
export type LedgerAccountState = (typeof LEDGER_ACCOUNT_STATES)[number]

export const HOLD_STATUSES = ['ACTIVE', 'CAPTURED', 'RELEASED', 'EXPIRED'] as const
export type HoldStatus = (typeof HOLD_STATUSES)[number]

export const SESSION_STATUSES = ['ACTIVE', 'EXPIRED', 'REVOKED'] as const
export type SessionStatus = (typeof SESSION_STATUSES)[number]

export const RISK_CATEGORIES = ['LOW', 'MEDIUM', 'HIGH'] as const
export type RiskCategory = (typeof RISK_CATEGORIES)[number]
