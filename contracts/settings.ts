import type { SettingType } from './enums.ts'

/** A value that staff may change while the bank runs. The catalogue is code; its values live in admin-service. */
export interface SettingRow {
  setting_key: string
  setting_type: SettingType
  /** As text, whatever the type. */
  default_value: string
  /** Bounds of an INTEGER or DECIMAL, of a STRING's length; both included. */
  minimum?: number
  maximum?: number
  /** Never shown again once set. */
  is_secret: boolean
  /** Two persons are needed to change it. */
  needs_approval: boolean
  description: string
}

/** Transfers above this wait for a second person: hundredths of the currency's unit, like the thresholds of fraud rules; 0 switches it off. */
export const APPROVAL_ABOVE = {
  setting_key: 'transfers.approval_above',
  setting_type: 'INTEGER',
  default_value: '5000000',
  minimum: 0,
  maximum: 9_007_199_254_740_991,
  is_secret: false,
  needs_approval: true,
  description:
    'Transfers above this amount (hundredths of the unit of their currency) wait for a second person; 0: none do',
} as const satisfies SettingRow

/** How long a KYC decision is good for before documents are asked for again. */
export const KYC_VALIDITY_MONTHS = {
  setting_key: 'kyc.validity_months',
  setting_type: 'INTEGER',
  default_value: '36',
  minimum: 1,
  maximum: 120,
  is_secret: false,
  needs_approval: false,
  description: 'Months after which a verified customer has to be verified again, unless a document ends earlier',
} as const satisfies SettingRow

/** Who signs the mails of the bank. */
export const MAIL_SIGNATURE = {
  setting_key: 'mail.signature',
  setting_type: 'STRING',
  default_value: 'Your BankFlow team',
  minimum: 1,
  maximum: 120,
  is_secret: false,
  needs_approval: false,
  description: 'The last line of every mail',
} as const satisfies SettingRow

/** Every setting there is. */
export const SETTINGS: readonly SettingRow[] = [APPROVAL_ABOVE, KYC_VALIDITY_MONTHS, MAIL_SIGNATURE]
