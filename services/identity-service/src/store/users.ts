import type { getMe } from '#contracts/api/identity.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { actingCustomerOf } from '../domain/tokens.ts'
import type { UserRow } from '../tables.ts'
import { normalEmail, type Vault } from '../vault.ts'

/** A person about to be written. */
export interface NewUser {
  user_id: string
  email: string
  first_name: string
  last_name: string
  password_hash: string
  created_by: string
}

/** The user of an address, as of now; not locked. */
export async function userByEmail(sql: Queryable, vault: Vault, email: string): Promise<UserRow | undefined> {
  const [row] = await sql<UserRow[]>`select * from users where email_hash = ${vault.emailHash(email)}`
  return row
}

/** A user by id, as of now; not locked. */
export async function readUser(sql: Queryable, user_id: string | null): Promise<UserRow | undefined> {
  const [row] = await sql<UserRow[]>`select * from users where user_id = ${user_id}`
  return row
}

/** The user of an address, locked until the transaction ends. */
export async function lockUserByEmail(tx: Tx, vault: Vault, email: string): Promise<UserRow | undefined> {
  const [row] = await tx<UserRow[]>`select * from users where email_hash = ${vault.emailHash(email)} for update`
  return row
}

/** A user by id, locked until the transaction ends. */
export async function lockUser(tx: Tx, user_id: string | null): Promise<UserRow | undefined> {
  const [row] = await tx<UserRow[]>`select * from users where user_id = ${user_id} for update`
  return row
}

/** Writes an unproved user; false when the address was taken meanwhile. */
export async function insertUser(tx: Tx, vault: Vault, user: NewUser, now: Date): Promise<boolean> {
  const { user_id } = user
  const email = normalEmail(user.email)
  const sealed = (column: string, text: string): string => vault.fields.seal(text, `users.${column}/${user_id}`)
  const rows = await tx`
    insert into users (user_id, email_hash, email_encrypted, first_name_encrypted, last_name_encrypted, password_hash, created_by,
      created_at, updated_at)
    values (${user_id}, ${vault.emailHash(email)}, ${sealed('email', email)}, ${sealed('first_name', user.first_name)},
      ${sealed('last_name', user.last_name)}, ${user.password_hash}, ${user.created_by}, ${now}, ${now})
    on conflict on constraint users_email_hash do nothing`
  return rows.count === 1
}

/** What a person is called. */
interface PersonName {
  first_name: string
  last_name: string
}

/** Writes a name over the one before; the user is locked. */
export async function writeName(
  tx: Tx,
  vault: Vault,
  user_id: string,
  { first_name, last_name }: PersonName,
  now: Date,
): Promise<UserRow> {
  const [row] = await tx<UserRow[]>`
    update users set first_name_encrypted = ${vault.fields.seal(first_name, `users.first_name/${user_id}`)},
      last_name_encrypted = ${vault.fields.seal(last_name, `users.last_name/${user_id}`)}, updated_at = ${now}
    where user_id = ${user_id} returning *`
  return row as UserRow
}

/** The name of a user in the clear. */
export function nameOf(vault: Vault, user: UserRow): PersonName {
  const open = (column: string, sealed: string): string => vault.fields.open(sealed, `users.${column}/${user.user_id}`)
  return {
    first_name: open('first_name', user.first_name_encrypted),
    last_name: open('last_name', user.last_name_encrypted),
  }
}

/** The address of a user in the clear. */
export function emailOf(vault: Vault, user: UserRow): string {
  return vault.fields.open(user.email_encrypted, `users.email/${user.user_id}`)
}

/** A user as the contract shows one. */
export function userReply(vault: Vault, user: UserRow): ReplyOf<typeof getMe> {
  return {
    user_id: user.user_id,
    email: emailOf(vault, user),
    ...nameOf(vault, user),
    customer_id: actingCustomerOf(user),
    roles: user.roles,
    is_verified: user.is_verified,
    is_active: user.is_active,
    mfa_enabled: user.mfa_enabled,
    created_at: user.created_at.toISOString(),
  }
}
