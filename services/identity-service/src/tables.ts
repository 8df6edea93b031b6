import type { Role, SessionStatus } from '#contracts/enums.ts'

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
  factor_type: 'TOTP'
  secret_encrypted: string
  tries: number
  confirmed_at: Date | null
  last_used_at: Date | null
  last_used_step: bigint | null
}

export interface ChallengeRow {
  challenge_id: string
  user_id: string
  device_id: string | null
  tries: number
  expires_at: Date
}

export interface SigningKeyRow {
  kid: string
  private_jwk_encrypted: string
  public_jwk: unknown
  created_at: Date
  retired_at: Date | null
}
