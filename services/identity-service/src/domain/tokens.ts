import type { SessionRow, UserRow } from '../tables.ts'

/** Roles that do the bank's work; whoever has one needs a second factor in production. */
export function isStaff(roles: readonly string[]): boolean {
  return roles.some((role) => role !== 'customer')
}

/** The customer that a user acts as: staff act as none, even where they were customers before and may be again. */
export function actingCustomerOf(user: Pick<UserRow, 'roles' | 'customer_id'>): string | null {
  return isStaff(user.roles) ? null : user.customer_id
}

/** How much of RFC 8176's words is: 2 for two factors, of which a passkey whose owner was verified is both, else 1. */
export function acrOf(amr: readonly string[]): '1' | '2' {
  const has = (...words: string[]): boolean => words.some((word) => amr.includes(word))
  const isVerifiedKey = has('hwk', 'swk') && has('user')
  return isVerifiedKey || (has('pwd') && has('otp', 'pop', 'hwk', 'swk')) ? '2' : '1'
}

/** What an access token says of its session (RFC 9068): ids and rights, never a name or an address. `acr` 2 is two factors. */
export function accessClaims(
  user: Pick<UserRow, 'user_id' | 'roles' | 'customer_id'>,
  session: Pick<SessionRow, 'session_id' | 'device_id' | 'cooling_off_until' | 'amr' | 'authenticated_at'>,
): Record<string, unknown> {
  const customer_id = actingCustomerOf(user)
  return {
    sub: user.user_id,
    roles: user.roles,
    ...(customer_id === null ? {} : { customer_id }),
    sid: session.session_id,
    ...(session.device_id === null ? {} : { device_id: session.device_id }),
    ...(session.cooling_off_until === null ? {} : { cooling_until: secondsOf(session.cooling_off_until) }),
    amr: session.amr,
    acr: acrOf(session.amr),
    auth_time: secondsOf(session.authenticated_at),
  }
}

function secondsOf(moment: Date): number {
  return Math.floor(moment.getTime() / 1000)
}
