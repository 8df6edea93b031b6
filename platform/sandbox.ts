import { createStaff, DEMO_PASSWORD, DEMO_USERS, seedDemoUsers } from '#services/identity-service/src/seed.ts'
import type { Bank } from './bank.ts'

export const demoPassword = DEMO_PASSWORD
export const demoUsers: readonly { email: string }[] = DEMO_USERS

/** The people of a sandbox, made at its first start. */
export async function seedSandbox(bank: Bank, say: (line: string) => void): Promise<void> {
  const made = await seedDemoUsers(bank.openingOf('identity-service'))
  if (made > 0) say(`demo users: ${made}`)
}

/** The first admin of a bank: a password and an authenticator, both shown once. */
export async function enrolFirstAdmin(bank: Bank, email: string): Promise<{ password: string; otpauth_uri: string }> {
  const { password, otpauth_uri } = await createStaff(bank.openingOf('identity-service'), {
    email,
    roles: ['admin'],
    enrolTotp: true,
  })
  return { password, otpauth_uri: otpauth_uri as string }
}
