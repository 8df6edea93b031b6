import type { Role } from '#contracts/enums.ts'
import { userRegistered, userVerified } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { type Id, newId } from '#libs/ids/ids.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Vault } from '../vault.ts'
import { insertUser } from './users.ts'

/** A user who is made by the bank itself, proved from the start. */
export interface ProvisionedUser {
  email: string
  first_name: string
  last_name: string
  password_hash: string
  roles: readonly Role[]
  /** The customer that the person is; a customer's is minted unless it is given. */
  customer_id?: string
  /** Who made it; the bank itself unless said. */
  created_by?: string
}

/** Writes a proved user; customers get a customer_id, staff none. Null when the address is taken. */
export async function provisionUser(tx: Tx, vault: Vault, person: ProvisionedUser, now: Date): Promise<Id | null> {
  const user_id = newId()
  if (!(await insertUser(tx, vault, { ...person, user_id, created_by: person.created_by ?? 'bank' }, now))) return null
  const roles = [...new Set(person.roles)].sort()
  const customer_id = roles.includes('customer') ? (person.customer_id ?? newId()) : null
  await tx`
    update users set is_verified = true, roles = ${roles}::text[], customer_id = ${customer_id}
    where user_id = ${user_id}`
  await publishAll(tx, [occurred(userRegistered, { user_id }), occurred(userVerified, { user_id, channel: 'bank' })])
  return user_id
}

/** Those of the addresses that have a user. */
export async function knownAddresses(sql: Queryable, vault: Vault, emails: readonly string[]): Promise<string[]> {
  const hashes = emails.map((email) => vault.emailHash(email))
  const rows = await sql<
    { email_hash: string }[]
  >`select email_hash from users where email_hash = any(${hashes}::text[])`
  const known = new Set(rows.map((row) => row.email_hash))
  return emails.filter((_, i) => known.has(hashes[i] as string))
}
