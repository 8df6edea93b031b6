import { listAccountsOfUser } from '#contracts/api/account.ts'
import { getLedgerTransaction as contract } from '#contracts/api/ledger.ts'
import type { Client } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findTransactions, journalReply } from '../../store/journal.ts'
import { transactionsOfAccounts } from '../../store/search-transactions.ts'

/** Accounts of a user whose transactions are listed: the first by their ids. */
const ACCOUNTS_AT_MOST = 50
/** Above every sequence. */
const END = 2n ** 52n

/** One booked transaction with its postings, and its reversal where there is one; or what touched the accounts of a user, newest first. */
export const getLedgerTransaction = implementRead(contract, {
  async read({ params, query: { cursor, limit = 50 } }, { sql, call }) {
    const id = params.ledger_transaction_id.toLowerCase()
    const [row] = await findTransactions(sql, [id])
    if (row !== undefined) return journalReply(row)
    const places = placesOf(await accountsOf(id, call), cursor)
    const { ids, next } = await transactionsOfAccounts(sql, places, limit)
    return { items: await repliesOf(sql, ids), next_cursor: next === undefined ? null : cursorOf(next) }
  },
})

async function accountsOf(user_id: string, call: Client['call']): Promise<string[]> {
  try {
    const { items } = await call(listAccountsOfUser, { params: { user_id }, query: { limit: ACCOUNTS_AT_MOST } })
    return items.map((account) => account.account_id).sort()
  } catch (error) {
    if (error instanceof Problem && error.kind.code === 'USER_NOT_FOUND')
      throw new Problem(problems.LEDGER_TRANSACTION_NOT_FOUND)
    throw error
  }
}

/** Where the page begins in each account. One that was opened since the first page has only newer entries, and is left out. */
function placesOf(account_ids: readonly string[], cursor: string | undefined): Map<string, bigint> {
  if (cursor === undefined) return new Map(account_ids.map((id) => [id, END]))
  const sequences = cursor.split('.')
  if (!/^[0-9a-z]{1,11}([.][0-9a-z]{1,11})*$/.test(cursor) || sequences.length > account_ids.length)
    throw new Problem(problems.CURSOR_WRONG)
  return new Map(sequences.map((text, i) => [account_ids[i] as string, BigInt(Number.parseInt(text, 36))]))
}

function cursorOf(places: ReadonlyMap<string, bigint>): string {
  return [...places.values()].map((sequence) => (sequence > END ? END : sequence).toString(36)).join('.')
}

async function repliesOf(sql: Queryable, ids: readonly string[]) {
  return (await findTransactions(sql, ids)).filter((row) => row !== undefined).map(journalReply)
}
