import { searchCustomers as contract } from '#contracts/api/customer.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { e164Of, normalEmail, wordsOf } from '../../domain/spelling.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import { keyedColumns, openCustomers } from '../../store/customers.ts'
import { PAGE } from '../../store/pages.ts'
import type { KeyedCustomerRow } from '../../tables.ts'
import type { Vault } from '../../vault.ts'

/** Hashes that all have to be there; null where a telephone number cannot be one. */
interface Wanted {
  email_hash: string | undefined
  phone_hash: string | null | undefined
  word_hashes: string[]
}

/** Customers by what is known of them, masked, in the order of their ids, the youngest first. Everything that is given must match. */
export const searchCustomers = implementRead(contract, {
  async read({ query }, { sql, own, caller }) {
    const { limit = PAGE, cursor } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const wanted = wantedOf(query, own.vault)
    if (wanted.phone_hash === null) return { items: [], next_cursor: null }
    const rows = await sql<KeyedCustomerRow[]>`
      select ${keyedColumns(sql)} from customers c join customer_keys k using (customer_id)
      where c.status = 'ACTIVE' ${matching(sql, wanted)} ${cursor === undefined ? sql`` : sql`and c.customer_id < ${cursor}::uuid`}
      order by c.customer_id desc limit ${limit + 1}`
    const opened = await openCustomers(own.vault, rows.slice(0, limit))
    return {
      items: opened.map(({ row, profile }) => seenBy(caller, row, profile)),
      next_cursor: rows.length > limit ? (opened.at(-1)?.row.customer_id ?? null) : null,
    }
  },
})

function wantedOf({ email, phone, name }: InputOf<typeof contract>['query'], vault: Vault): Wanted {
  const word_hashes = name === undefined ? [] : wordsOf(name).map(vault.wordHash)
  if (email === undefined && phone === undefined && word_hashes.length === 0) throw new Problem(problems.SEARCH_EMPTY)
  const number = phone === undefined ? undefined : e164Of(phone)
  return {
    email_hash: email === undefined ? undefined : vault.emailHash(normalEmail(email)),
    phone_hash: typeof number === 'string' ? vault.phoneHash(number) : number,
    word_hashes,
  }
}

/** Each condition has an index of its own, and what is not asked for is not in the statement. */
function matching(sql: Queryable, { email_hash, phone_hash, word_hashes }: Wanted) {
  const words = word_hashes.map(
    (word_hash) => sql`
      and exists (select 1 from customer_search_words w where w.word_hash = ${word_hash} and w.customer_id = c.customer_id)`,
  )
  return sql`
    ${email_hash === undefined ? sql`` : sql`and c.email_hash = ${email_hash}`}
    ${phone_hash == null ? sql`` : sql`and c.phone_hash = ${phone_hash}`}
    ${words.length === 0 ? sql`` : words}`
}
