import type { submitKyc } from '#contracts/api/customer.ts'
import type { Capability, KycDocumentStatus, KycDocumentType, KycStatus, RiskCategory } from '#contracts/enums.ts'
import type { InputOf } from '#libs/contract/operation.ts'

export type Relation = 'JOINT' | 'DELEGATE'

/** Personal data of a customer, opened. What a bank that he was brought over from did not tell is null. */
export interface Profile {
  first_name: string
  last_name: string
  date_of_birth: string | null
  email: string | null
  phone: string | null
  nationality: string | null
  address: Address | null
}

/** An address in fields; what is not known is empty. */
export interface Address {
  street: string
  building: string
  postal_code: string
  town: string
  region: string
  country: string
}

/** What a customer says of himself for KYC, sealed as one text. */
export interface KycAnswers {
  occupation: string | null
  source_of_funds: NonNullable<InputOf<typeof submitKyc>['body']['source_of_funds']> | null
  is_politically_exposed: boolean
  tax_residencies: string[]
}

export interface CustomerRow {
  customer_id: string
  user_id: string | null
  status: 'ACTIVE' | 'ROLLED_BACK'
  first_name_encrypted: string | null
  last_name_encrypted: string | null
  date_of_birth_encrypted: string | null
  email_encrypted: string | null
  email_hash: string | null
  phone_encrypted: string | null
  phone_hash: string | null
  nationality_encrypted: string | null
  address_encrypted: string | null
  home_currency: string
  kyc_status: KycStatus
  kyc_expires_on: string | null
  was_verified: boolean
  risk_category: RiskCategory | null
  kyc_answers_encrypted: string | null
  submitted_by: string | null
  submitted_at: Date | null
  decided_at: Date | null
  kyc_reason_encrypted: string | null
  version: number
  created_by: string
  created_at: Date
  updated_at: Date
}

/** A customer with his wrapped data key; without a key he is a husk. */
export interface KeyedCustomerRow extends CustomerRow {
  key_id: string | null
  wrapped_key: Uint8Array | null
}

export interface DocumentRow {
  document_id: string
  customer_id: string
  document_type: KycDocumentType
  document_status: KycDocumentStatus
  document_number_encrypted: string | null
  issuing_country: string | null
  expires_on: string | null
  added_by: string
  added_at: Date
}

export interface KycStepRow {
  customer_id: string
  sequence: number
  kyc_status: KycStatus
  reason_encrypted: string | null
  changed_by: string
  changed_at: Date
}

export interface RelationRow {
  customer_id: string
  related_customer_id: string
  relation: Relation
  capabilities: Capability[]
  added_by: string
  added_at: Date
}
