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

/** How a sign-in stands after failures in a row, the harder the later. */
export const SIGN_IN_STATES = ['open', 'slowed', 'challenge', 'temporary', 'manual'] as const

/** What a session is held by. */
export const SESSION_KINDS = ['BROWSER', 'APP', 'THIRD_PARTY', 'API_KEY'] as const
export type SessionKind = (typeof SESSION_KINDS)[number]

export const CONSENT_STATUSES = ['AUTHORISED', 'ACTIVE', 'USED', 'REVOKED', 'EXPIRED'] as const
export type ConsentStatus = (typeof CONSENT_STATUSES)[number]

/** Who ended a consent; POLICY is a rule of the bank: its time was over, or the customer's password or roles changed. */
export const CONSENT_ENDERS = ['CUSTOMER', 'BANK', 'THIRD_PARTY', 'POLICY'] as const
export type ConsentEnder = (typeof CONSENT_ENDERS)[number]

export const RISK_CATEGORIES = ['LOW', 'MEDIUM', 'HIGH'] as const
export type RiskCategory = (typeof RISK_CATEGORIES)[number]

export const KYC_STATUSES = ['PENDING', 'IN_REVIEW', 'VERIFIED', 'REJECTED', 'EXPIRED'] as const
export type KycStatus = (typeof KYC_STATUSES)[number]

export const KYC_DOCUMENT_TYPES = [
  'ID',
  'PASSPORT',
  'DRIVING_LICENCE',
  'PROOF_ADDRESS',
  'INCOME',
  'BUSINESS_REGISTRATION',
] as const
export type KycDocumentType = (typeof KYC_DOCUMENT_TYPES)[number]

export const KYC_DOCUMENT_STATUSES = ['PENDING', 'VERIFIED', 'REJECTED', 'EXPIRED'] as const
export type KycDocumentStatus = (typeof KYC_DOCUMENT_STATUSES)[number]

export const BENEFICIARY_TYPES = ['INTERNAL', 'DOMESTIC', 'INTERNATIONAL'] as const
export type BeneficiaryType = (typeof BENEFICIARY_TYPES)[number]

export const NOTIFICATION_CHANNELS = ['EMAIL', 'SMS', 'PUSH', 'IN_APP', 'WEBHOOK'] as const
export type NotificationChannel = (typeof NOTIFICATION_CHANNELS)[number]

export const NOTIFICATION_STATUSES = ['PENDING', 'SENT', 'FAILED', 'SUPPRESSED'] as const
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number]

export const SETTING_TYPES = ['STRING', 'INTEGER', 'DECIMAL', 'BOOLEAN'] as const
export type SettingType = (typeof SETTING_TYPES)[number]

export const PERIOD_STATUSES = ['OPEN', 'CLOSING', 'CLOSED'] as const
export type PeriodStatus = (typeof PERIOD_STATUSES)[number]

/** What is done to a user by two persons: one proposes, another decides. */
export const USER_PROPOSAL_KINDS = ['ROLES', 'UNLOCK', 'FACTOR_RESET', 'REACTIVATION'] as const
export type UserProposalKind = (typeof USER_PROPOSAL_KINDS)[number]

/** What a challenge can be answered with. */
export const FACTOR_WORDS = ['PASSKEY', 'PUSH', 'TOTP', 'SMS', 'EMAIL', 'RECOVERY_CODE', 'PASSWORD'] as const
export type FactorWord = (typeof FACTOR_WORDS)[number]

/**
 * Why a transfer could begin (PSD2 RTS, Delegated Regulation (EU) 2018/389): its payer confirmed exactly it, himself (PROVED), in a consent or
 * by a business customer's key; or an exemption of articles 13 to 16.
 */
export const SCA_GROUNDS = [
  'PROVED',
  'CONSENT',
  'API_KEY',
  'TRUSTED_PAYEE',
  'RECURRING',
  'OWN_ACCOUNTS',
  'LOW_VALUE',
] as const
export type ScaGround = (typeof SCA_GROUNDS)[number]

/** What somebody may do to an account or in the name of a customer. */
export const CAPABILITIES = ['view', 'debit', 'manage'] as const
export type Capability = (typeof CAPABILITIES)[number]

/** Every service that owns data: who may call `services: ALL_SERVICES`. */
export const ALL_SERVICES = [
  'identity-service',
  'customer-service',
  'account-service',
  'ledger-service',
  'transaction-service',
  'fraud-service',
  'notification-service',
  'audit-service',
  'admin-service',
  'api-gateway',
] as const
