import type { Role } from '#contracts/enums.ts'
import { SettingsRefused } from '#libs/config/settings.ts'
import { randomToken } from '#libs/crypto/tokens.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Opening } from '#libs/service/service.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { hashNewPassword, refuseWeak } from './passwords.ts'
import { knownAddresses, provisionUser } from './store/provision.ts'
import { newTotpSecret, otpauthUri } from './totp.ts'
import { openVault, type Vault } from './vault.ts'

/** What seeding needs of a process: identity's database and keys. */
export type Seeding = Pick<Opening, 'database' | 'keys' | 'profile' | 'clock'>

/** The password of every demo user; published, so worth nothing. */
export const DEMO_PASSWORD = 'Demo-bank-2026'

/** The people of the sandbox, whom its front page names. */
export const DEMO_USERS: readonly { email: string; first_name: string; last_name: string; roles: readonly Role[] }[] = [
  { email: 'customer1@demo.bankflow.test', first_name: 'Casey', last_name: 'Customer', roles: ['customer'] },
  { email: 'customer2@demo.bankflow.test', first_name: 'Charlie', last_name: 'Customer', roles: ['customer'] },
  { email: 'teller@demo.bankflow.test', first_name: 'Terry', last_name: 'Teller', roles: ['teller'] },
  { email: 'officer@demo.bankflow.test', first_name: 'Olive', last_name: 'Officer', roles: ['compliance', 'operator'] },
  { email: 'admin@demo.bankflow.test', first_name: 'Alex', last_name: 'Admin', roles: ['admin'] },
]

/** Makes the demo users that are missing; returns how many. Call it before the bank says that it is ready. Throws in production. */
export async function seedDemoUsers({ database, keys, profile, clock }: Seeding): Promise<number> {
  if (profile === 'production') throw new Error('demo users are never made in production')
  const vault = openVault(keys)
  const known = new Set(await knownAddresses(database.app, vault, emails()))
  const missing = DEMO_USERS.filter(({ email }) => !known.has(email))
  // Each has its own salt and so its own hash; they pass through the line of hashes together.
  const people = await Promise.all(
    missing.map(async (person) => ({ ...person, password_hash: await hashNewPassword(DEMO_PASSWORD) })),
  )
  const made = await withTrace(newTrace(), () =>
    database.transact(async (tx) => {
      const ids: (Id | null)[] = []
      for (const person of people) ids.push(await provisionUser(tx, vault, person, clock.wall.now()))
      return ids
    }),
  )
  return made.filter((id) => id !== null).length
}

/** A member of staff to be made. Without a password a random one is made and returned. */
export interface NewStaff {
  email: string
  password?: string
  roles: readonly Role[]
  first_name?: string
  last_name?: string
  /** True to enrol an authenticator with the account, as production demands of staff. */
  enrolTotp: boolean
}

/** What is shown once to whoever set up the member of staff. */
export interface StaffCredentials {
  user_id: Id
  password: string
  secret: string | null
  otpauth_uri: string | null
}

/** Makes a member of staff, proved and, when asked, with an authenticator. Problem for a weak password, Error for an address in use. */
export async function createStaff({ database, keys, clock }: Seeding, person: NewStaff): Promise<StaffCredentials> {
  const { email, roles, first_name = 'Bank', last_name = 'Staff', password = randomToken(16) } = person
  if (roles.length === 0 || roles.includes('customer'))
    throw new Error('staff have roles, and are no customers by them')
  refuseWeak(password, email)
  const vault = openVault(keys)
  const secret = person.enrolTotp ? newTotpSecret() : null
  const member = { email, roles, first_name, last_name, password_hash: await hashNewPassword(password) }
  const enrolled = secret === null ? member : { ...member, totp_secret: secret }
  const user_id = await withTrace(newTrace(), () =>
    database.transact((tx) => provisionUser(tx, vault, enrolled, clock.wall.now())),
  )
  if (user_id === null) throw new Error('this address has a user already; change its roles instead')
  return { user_id, password, secret, otpauth_uri: secret === null ? null : otpauthUri(secret, email) }
}

/** Refuses to open a production bank whose database was a sandbox's: the demo password is published. */
export async function refuseDemoUsers(database: Opening['database'], vault: Vault): Promise<void> {
  const found = await knownAddresses(database.app, vault, emails())
  if (found.length > 0)
    throw new SettingsRefused(`this database holds demo users (${found.length}); a production bank starts on its own`)
}

function emails(): string[] {
  return DEMO_USERS.map(({ email }) => email)
}
