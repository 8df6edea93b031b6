import { DEMO_PASSWORD, DEMO_USERS, inviteFirst, seedDemoUsers } from '#services/identity-service/src/seed.ts'
import { linkOf } from '#services/identity-service/src/store/staff-invitations.ts'
import type { Bank } from './bank.ts'

export const demoPassword = DEMO_PASSWORD
export const demoUsers: readonly { email: string }[] = DEMO_USERS

/** The people of a sandbox, made at its first start. */
export async function seedSandbox(bank: Bank, say: (line: string) => void): Promise<void> {
  const made = await seedDemoUsers(bank.openingOf('identity-service'))
  if (made > 0) say(`demo users: ${made}`)
}

/** The first admin of a bank, who enrols a passkey by a link that is shown once. */
export async function inviteFirstAdmin(
  bank: Bank,
  { email, origin }: { email: string; origin: string },
): Promise<{ link: string; expires_at: Date }> {
  const invitation = await inviteFirst(bank.openingOf('identity-service'), { email, roles: ['admin'] })
  return { link: linkOf(origin, invitation), expires_at: invitation.expires_at }
}
