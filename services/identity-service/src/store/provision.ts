import type { Role } from '#contracts/enums.ts'
import { userRegistered, userVerified } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { type Id, newId } from '#libs/ids/ids.ts'
import { publishAll } from '#libs/outbox/publish.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Vault } from '../vault.ts'
import { secretPlace } from './factors.ts'
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
  /** A TOTP secret in base32 that is enrolled with the user. */
  totp_secret?: string
}

/** Writes a proved user; customers get a customer_id, staff none. Null when the address is taken. */
export async function provisionUser(tx: Tx, vault: Vault, person: ProvisionedUser, now: Date): Promise<Id | null> {
  const user_id = newId()
  if (!(await insertUser(tx, vault, { ...person, user_id, created_by: 'bank' }, now))) return null
  const roles = [...new Set(person.roles)].sort()
  const customer_id = roles.includes('customer') ? (person.customer_id ?? newId()) : null
  await tx`
    update users set is_verified = true, roles = ${roles}::text[], customer_id = ${customer_id},
      mfa_enabled = ${person.totp_secret !== undefined}
    where user_id = ${user_id}`
  if (person.totp_secret !== undefined) {
    const factor_id = newId()
    await tx`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, confirmed_at, created_at)
      values (${factor_id}, ${user_id}, 'TOTP', ${vault.fields.seal(person.totp_secret, secretPlace(factor_id))}, ${now}, ${now})`
  }
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
