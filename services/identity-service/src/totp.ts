import { Secret, TOTP } from 'otpauth'

const PERIOD_S = 30
/** Steps before and after the present one that still count, for clocks that differ (RFC 6238 §5.2). */
const WINDOW = 1

/** A new secret of 20 bytes (RFC 4226 §4 R6), in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** The `otpauth:` link that an authenticator app reads as a picture. `label` is shown there. */
export function otpauthUri(secret: string, label: string): string {
  return totpOf(secret, label).toString()
}

/** The step of a code within the window, or null when it belongs to none or to one that was used up already. */
export function acceptedStep(secret: string, code: string, now: Date, last_used_step: bigint | null): bigint | null {
  const delta = totpOf(secret).validate({ token: code, timestamp: now.getTime(), window: WINDOW })
  if (delta === null) return null
  const step = BigInt(Math.floor(now.getTime() / 1000 / PERIOD_S) + delta)
  return last_used_step !== null && step <= last_used_step ? null : step
}

/** The code of a moment, for whoever holds the secret. */
export function totpCode(secret: string, at: Date): string {
  return totpOf(secret).generate({ timestamp: at.getTime() })
}

function totpOf(secret: string, label = 'user'): TOTP {
  return new TOTP({
    issuer: 'BankFlow',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_S,
    secret: Secret.fromBase32(secret),
  })
}
