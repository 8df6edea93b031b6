import type { Role } from '#contracts/enums.ts'
import { SettingsRefused } from '#libs/config/settings.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Opening } from '#libs/service/service.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { LIST_FILE } from './breached/list-maker.ts'
import { openOfflineList } from './breached/offline-list.ts'
import { hashNewPassword, refuseWeak } from './passwords.ts'
import { knownAddresses, type ProvisionedUser, provisionUser } from './store/provision.ts'
import { type Invitation, invite } from './store/staff-invitations.ts'
import { openVault, type Vault } from './vault.ts'

/** What seeding needs of a process: identity's database and keys. */
export type Seeding = Pick<Opening, 'database' | 'keys' | 'profile' | 'clock'>

/** Fewer than the line of hashes takes. */
const HASHED_AT_ONCE = 16

/** The password of every demo user; published, so worth nothing. */
export const DEMO_PASSWORD = 'Demo-bank-2026'

/** The people of the sandbox, whom its front page names. */
export const DEMO_USERS: readonly { email: string; first_name: string; last_name: string; roles: readonly Role[] }[] = [
  { email: 'customer1@demo.bankflow.test', first_name: 'Casey', last_name: 'Customer', roles: ['customer'] },
  { email: 'customer2@demo.bankflow.test', first_name: 'Charlie', last_name: 'Customer', roles: ['customer'] },
  { email: 'teller@demo.bankflow.test', first_name: 'Terry', last_name: 'Teller', roles: ['teller'] },
  { email: 'officer@demo.bankflow.test', first_name: 'Olive', last_name: 'Officer', roles: ['compliance', 'operator'] },
  { email: 'auditor@demo.bankflow.test', first_name: 'Audrey', last_name: 'Auditor', roles: ['auditor'] },
  { email: 'operator@demo.bankflow.test', first_name: 'Otis', last_name: 'Operator', roles: ['operator'] },
  { email: 'admin@demo.bankflow.test', first_name: 'Alex', last_name: 'Admin', roles: ['admin'] },
  // What needs two persons needs a second of them.
  { email: 'admin2@demo.bankflow.test', first_name: 'Ada', last_name: 'Admin', roles: ['admin'] },
  { email: 'officer2@demo.bankflow.test', first_name: 'Oscar', last_name: 'Officer', roles: ['compliance'] },
]

/** A customer of the demo bank; the customer_id is minted unless it is given. */
export interface DemoCustomer {
  email: string
  first_name: string
  last_name: string
  customer_id?: string
}

/** Makes the demo users that are missing; returns how many. Call it before the bank says that it is ready. Throws in production. */
export function seedDemoUsers(seeding: Seeding): Promise<number> {
  return makeDemoUsers(seeding, DEMO_USERS)
}

/** Makes the proved customers that are missing, all with the demo password; returns how many. Throws in production. */
export function makeDemoCustomers(seeding: Seeding, people: readonly DemoCustomer[]): Promise<number> {
  return makeDemoUsers(
    seeding,
    people.map((person) => ({ ...person, roles: ['customer'] })),
  )
}

async function makeDemoUsers(
  { database, keys, profile, clock }: Seeding,
  wanted: readonly Omit<ProvisionedUser, 'password_hash'>[],
): Promise<number> {
  if (profile === 'production') throw new Error('demo users are never made in production')
  const vault = openVault(keys)
  const addresses = wanted.map(({ email }) => email)
  const known = new Set(await knownAddresses(database.app, vault, addresses))
  const missing = wanted.filter(({ email }) => !known.has(email))
  const people: ProvisionedUser[] = []
  // Each has its own salt and so its own hash. They pass through the line of hashes together, some at a time: the line is for the living too.
  for (let i = 0; i < missing.length; i += HASHED_AT_ONCE) {
    const some = missing.slice(i, i + HASHED_AT_ONCE)
    people.push(
      ...(await Promise.all(
        some.map(async (person) => ({ ...person, password_hash: await hashNewPassword(DEMO_PASSWORD) })),
      )),
    )
  }
  const made = await withTrace(newTrace(), () =>
    database.transact(async (tx) => {
      const ids: (Id | null)[] = []
      for (const person of people) ids.push(await provisionUser(tx, vault, person, clock.wall.now()))
      return ids
    }),
  )
  return made.filter((id) => id !== null).length
}

/** A member of staff of a sandbox. */
export interface NewStaff {
  email: string
  password: string
  roles: readonly Role[]
  first_name?: string
  last_name?: string
}

/** Makes a member of staff with a password, as only a sandbox has them. Problem for a weak password, Error for an address in use. */
export async function createStaff({ database, keys, profile, clock }: Seeding, person: NewStaff): Promise<Id> {
  if (profile === 'production') throw new Error('staff of a production bank have passkeys: invite them')
  const { email, roles, first_name = 'Bank', last_name = 'Staff', password } = person
  requireStaffRoles(roles)
  const isListed = openOfflineList(LIST_FILE)
  await refuseWeak({ breached: { isBreached: async (one) => isListed(one) } }, { password, email })
  const member = { email, roles, first_name, last_name, password_hash: await hashNewPassword(password) }
  const user_id = await withTrace(newTrace(), () =>
    database.transact((tx) => provisionUser(tx, openVault(keys), member, clock.wall.now())),
  )
  if (user_id === null) throw new Error(TAKEN)
  return user_id
}

/**
 * Makes the first member of staff of a bank, without a password, and invites him to enrol a passkey: there is nobody yet who could do it in the
 * bank. Error for an address in use.
 */
export async function inviteFirst(
  { database, keys, clock }: Seeding,
  { email, roles }: { email: string; roles: readonly Role[] },
): Promise<Invitation> {
  requireStaffRoles(roles)
  const person = { email, roles, first_name: 'Bank', last_name: 'Staff', password_hash: '' }
  const now = clock.wall.now()
  return withTrace(newTrace(), () =>
    database.transact(async (tx) => {
      const user_id = await provisionUser(tx, openVault(keys), person, now)
      if (user_id === null) throw new Error(TAKEN)
      return invite(tx, user_id, now)
    }),
  )
}

const TAKEN = 'this address has a user already; change its roles instead'

function requireStaffRoles(roles: readonly Role[]): void {
  if (roles.length === 0 || roles.includes('customer'))
    throw new Error('staff have roles, and are no customers by them')
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
