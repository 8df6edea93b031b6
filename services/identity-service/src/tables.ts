import type { JWK } from 'jose'
import type { ConsentEnder, ConsentStatus, Role, SessionStatus, UserProposalKind } from '#contracts/enums.ts'

export interface UserRow {
  user_id: string
  email_hash: string
  email_encrypted: string
  first_name_encrypted: string
  last_name_encrypted: string
  password_hash: string
  customer_id: string | null
  roles: Role[]
  is_verified: boolean
  is_contested: boolean
  is_active: boolean
  failed_login_attempts: number
  locked_until: Date | null
  mfa_enabled: boolean
  password_breached_at: Date | null
  created_by: string
  created_at: Date
  updated_at: Date
}

export type AttemptKind = 'LOGIN' | 'VERIFY' | 'RESET'

export interface AttemptsRow {
  email_hash: string
  kind: AttemptKind
  failures: number
  locked_until: Date | null
}

export interface KnownDeviceRow {
  user_id: string
  device_hash: string
  failures: number
  locked_until: Date | null
}

export type CodePurpose = 'VERIFY' | 'RESET'

export interface CodeRow {
  code_id: string
  code_hash: string
  expires_at: Date
}

export interface SessionRow {
  session_id: string
  user_id: string
  status: SessionStatus
  device_id: string | null
  /** Until when its device is new; null for sessions of keys and consents, and for those from before it was noted. */
  cooling_off_until: Date | null
  client_id: string | null
  scopes: string[]
  amr: string[]
  authenticated_at: Date
  created_at: Date
  last_accessed_at: Date
  expires_at: Date
  ends_at: Date
  revoked_at: Date | null
  revoked_reason: string | null
}

export interface RefreshTokenRow {
  token_hash: string
  session_id: string
  expires_at: Date
  used_at: Date | null
  successor_encrypted: string | null
}

export interface FactorRow {
  factor_id: string
  user_id: string
  factor_type: 'TOTP' | 'SMS' | 'EMAIL'
  /** The secret of an authenticator, or a telephone number; empty for a mailbox. */
  secret_encrypted: string
  code_hash: string | null
  code_expires_at: Date | null
  tries: number
  confirmed_at: Date | null
  last_used_at: Date | null
  last_used_step: bigint | null
}

export type ChallengePurpose = 'LOGIN' | 'STEP_UP' | 'CONSENT' | 'ENROL'

export interface ChallengeRow {
  challenge_id: string
  user_id: string
  purpose: ChallengePurpose
  state: 'OPEN' | 'APPROVED' | 'DENIED' | 'USED'
  session_id: string | null
  device_id: string | null
  device_hash: string | null
  digest: string | null
  shown_encrypted: string | null
  amr: string[]
  tries: number
  passkey_challenge: string | null
  match_number: string | null
  pushed_at: Date | null
  approved_by: string | null
  created_at: Date
  expires_at: Date
}

export interface ChallengeCodeRow {
  challenge_id: string
  channel: 'SMS' | 'EMAIL'
  code_hash: string
  digest: string | null
  sent: number
  expires_at: Date
}

export interface PasskeyRow {
  passkey_id: string
  user_id: string
  credential_id: string
  public_key: Uint8Array
  sign_count: bigint
  transports: string[]
  aaguid: string
  is_device_bound: boolean
  is_backed_up: boolean
  name: string
  created_at: Date
  last_used_at: Date | null
}

export interface DeviceRow {
  device_id: string
  user_id: string
  device_hash: string
  name_encrypted: string | null
  is_trusted: boolean
  public_jwk: JWK | null
  key_added_at: Date | null
  cooling_off_until: Date
  first_seen_at: Date
  last_seen_at: Date
}

export interface SigningKeyRow {
  kid: string
  private_jwk_encrypted: string
  public_jwk: unknown
  created_at: Date
  retired_at: Date | null
}

export interface ConsentRow {
  consent_id: string
  session_id: string
  user_id: string
  client_id: string
  client_name: string
  client_registration: string | null
  issuer: string
  scopes: string[]
  details_encrypted: string
  is_payment: boolean
  status: ConsentStatus
  created_at: Date
  expires_at: Date
  last_used_at: Date | null
  ended_at: Date | null
  ended_by: ConsentEnder | null
  ended_reason: string | null
}

export type UserProposalStatus = 'PENDING' | 'APPROVED' | 'REJECTED' | 'WITHDRAWN' | 'EXPIRED'

/** A proposal with its decision, which stands in a table of its own; null where there is none yet. */
export interface UserProposalRow {
  proposal_id: string
  user_id: string
  kind: UserProposalKind
  details_encrypted: string
  proposed_by: string
  proposed_at: Date
  expires_at: Date
  status: UserProposalStatus
  decided_by: string | null
  decided_at: Date | null
  decision_reason_encrypted: string | null
}

export interface PageVisitRow {
  uid_hash: string
  browser_hash: string
  challenge_id: string | null
  offer_encrypted: string | null
  chosen_encrypted: string | null
  expires_at: Date
}

/** A key with the session that says whether it stands. */
export interface ApiKeyRow {
  key_id: string
  session_id: string
  user_id: string
  customer_id: string
  name_encrypted: string
  scopes: ('account_information' | 'payments')[]
  account_ids: string[] | null
  networks: string[] | null
  max_amount_cents: bigint | null
  max_day_cents: bigint | null
  created_at: Date
  last_used_at: Date | null
  status: SessionStatus
  expires_at: Date
  old_secret_until: Date | null
}
