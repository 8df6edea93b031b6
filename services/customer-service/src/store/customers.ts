import type { Sealer } from '#libs/crypto/envelope.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import { problems } from '../problems.ts'
import { openedProfile } from '../sealed-profile.ts'
import type { KeyedCustomerRow, Profile } from '../tables.ts'
import type { Vault } from '../vault.ts'

/** A customer with what he is encrypted with; a husk has neither. */
export interface OpenedCustomer {
  row: KeyedCustomerRow
  fields: Sealer | null
  profile: Profile | null
}

/** Columns of a customer and of his key, for `from customers c left join customer_keys k using (customer_id)`. */
export function keyedColumns(sql: Queryable) {
  return sql`c.*, k.key_id, k.wrapped_key`
}

/** A customer; CUSTOMER_NOT_FOUND when there is none. */
export async function findCustomer(sql: Queryable, vault: Vault, customer_id: string): Promise<OpenedCustomer> {
  const [row] = await sql<KeyedCustomerRow[]>`
    select ${keyedColumns(sql)} from customers c left join customer_keys k using (customer_id) where c.customer_id = ${customer_id}`
  if (row === undefined) throw new Problem(problems.CUSTOMER_NOT_FOUND)
  return openCustomer(vault, row)
}

/** A customer, locked until the transaction ends; CUSTOMER_NOT_FOUND when there is none. */
export async function lockCustomer(tx: Tx, vault: Vault, customer_id: string): Promise<OpenedCustomer> {
  const [row] = await tx<KeyedCustomerRow[]>`
    select ${keyedColumns(tx)} from customers c left join customer_keys k using (customer_id) where c.customer_id = ${customer_id}
    for update of c`
  if (row === undefined) throw new Problem(problems.CUSTOMER_NOT_FOUND)
  return openCustomer(vault, row)
}

/** A row with its profile, as long as its key exists. */
export async function openCustomer(vault: Vault, row: KeyedCustomerRow): Promise<OpenedCustomer> {
  if (row.key_id === null || row.wrapped_key === null) return { row, fields: null, profile: null }
  const fields = await vault.subjects.open({ key_id: row.key_id, wrapped_key: row.wrapped_key })
  return { row, fields, profile: openedProfile(fields, row) }
}

/** Opens a page of rows. */
export function openCustomers(vault: Vault, rows: readonly KeyedCustomerRow[]): Promise<OpenedCustomer[]> {
  return Promise.all(rows.map((row) => openCustomer(vault, row)))
}

/** The sealer and the profile of a customer who is no husk; CUSTOMER_ROLLED_BACK for one who is. */
export function inFull({ row, fields, profile }: OpenedCustomer): {
  row: KeyedCustomerRow
  fields: Sealer
  profile: Profile
} {
  if (row.status === 'ROLLED_BACK' || fields === null || profile === null)
    throw new Problem(problems.CUSTOMER_ROLLED_BACK)
  return { row, fields, profile }
}

/** Refuses a customer who does not exist, where nothing of him is read. */
export async function assertCustomer(sql: Queryable, customer_id: string): Promise<void> {
  const [row] = await sql`select 1 from customers where customer_id = ${customer_id}`
  if (row === undefined) throw new Problem(problems.CUSTOMER_NOT_FOUND)
}

/** Keeps what a name is found by. */
export async function storeSearchWords(tx: Tx, customer_id: string, word_hashes: readonly string[]): Promise<void> {
  await tx`delete from customer_search_words where customer_id = ${customer_id}`
  await tx`
    insert into customer_search_words (customer_id, word_hash)
    select ${customer_id}, word_hash from unnest(${textArray(word_hashes)}::text[]) as word (word_hash)`
}
