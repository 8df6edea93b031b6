import type { TestContext } from 'node:test'
import { inviteStaff } from '#contracts/api/identity-sign-in.ts'
import type { Caller } from '#libs/contract/client.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { openIdentity } from './people.ts'

/** Who is invited, and the origin that his passkey is bound to. */
export const INVITED = 'tess@bank.example'
export const ORIGIN = 'https://bank.example'

/** Identity with an origin, as whoever invites needs it. */
export function openInviting(t: TestContext, profile: 'sandbox' | 'production' = 'sandbox'): Promise<ServiceTest> {
  return openIdentity(t, { profile, env: { BANKFLOW_PUBLIC_ORIGIN: ORIGIN } })
}

/** An admin invites Tess to the counter, unless it is said otherwise. */
export function invite(bank: ServiceTest, by: Caller = aStaffMember('admin'), more: object = {}) {
  const person = { email: INVITED, first_name: 'Tess', last_name: 'Teller', roles: ['teller' as const] }
  return bank.call(inviteStaff, { body: { ...person, reason: 'hired', ...more } }, by)
}

/** The link in a mail, or nothing. */
export function linkIn(text: string): string {
  return /https:\/\/bank\.example\/api\/v1\/auth\/enrol#[A-Za-z0-9_-]{43}/.exec(text)?.[0] ?? ''
}
