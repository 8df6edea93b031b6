import { listAccountsOfUser } from '#contracts/api/account.ts'
import { getLedgerTransaction as contract } from '#contracts/api/ledger.ts'
import type { Client } from '#libs/contract/client.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { ownSides } from '../../domain/own-sides.ts'
import { isDate, LAST_DATE } from '../../domain/value-dates.ts'
import { accountsTouchedBy, ownedAmong, seesAllSides } from '../../owners.ts'
import { problems } from '../../problems.ts'
import { findTransactions, journalReply } from '../../store/journal.ts'
import { type Places, transactionsOfAccounts } from '../../store/search-transactions.ts'
import type { JournalRow } from '../../tables.ts'

/** Accounts of a user whose transactions are listed at most, and how many are asked for at a time. */
const ACCOUNTS_AT_MOST = 1_000
const ACCOUNTS_AT_ONCE = 200
/** Above every sequence. */
const END = 2n ** 52n
const CURSOR = /^[0-9-]{10}([.][0-9a-z]{0,11})+$/

/** One booked transaction with its postings, and its reversal where there is one; or what touched the accounts of a user, newest first. */
export const getLedgerTransaction = implementRead(contract, {
  async read({ params: { ledger_transaction_id: id }, query: { cursor, limit = 50 } }, { sql, call, caller }) {
    const seesAll = seesAllSides(caller)
    const [row] = await findTransactions(sql, [id])
    if (row !== undefined) {
      const own = seesAll ? null : await ownedAmong(accountsTouchedBy(row), caller.customer_id, 'view', { call })
      const [shown] = shownTo(own, [row])
      if (shown === undefined) throw new Problem(problems.LEDGER_TRANSACTION_NOT_FOUND)
      return shown
    }
    const accounts = await accountsOf(id, call)
    const { ids, next } = await transactionsOfAccounts(sql, placesOf(accounts, cursor), limit)
    const rows = (await findTransactions(sql, ids)).filter((one) => one !== undefined)
    return {
      items: shownTo(seesAll ? null : new Set(accounts), rows),
      next_cursor: next === undefined ? null : cursorOf(next),
    }
  },
})

/** Transactions as whoever asks sees them: all of them, or the side of the accounts that are his own. */
function shownTo(own: ReadonlySet<string> | null, rows: readonly JournalRow[]) {
  return rows.flatMap((row) => (own === null ? journalReply(row) : (ownSides(journalReply(row), own) ?? [])))
}

async function accountsOf(user_id: string, call: Client['call']): Promise<string[]> {
  const ids: string[] = []
  for (let after: { cursor?: string } | null = {}; after !== null; ) {
    const page = await accountsPage(user_id, { limit: ACCOUNTS_AT_ONCE, ...after }, call)
    ids.push(...page.items.map((account) => account.account_id))
    after = page.next_cursor === null ? null : { cursor: page.next_cursor }
    if (ids.length > ACCOUNTS_AT_MOST)
      throw new Problem(problems.TOO_MANY_ACCOUNTS, {
        detail: `A list covers ${ACCOUNTS_AT_MOST} accounts: ask for the entries of each`,
      })
  }
  return ids.sort()
}

async function accountsPage(user_id: string, query: { limit: number; cursor?: string }, call: Client['call']) {
  try {
    return await call(listAccountsOfUser, { params: { user_id }, query })
  } catch (error) {
    if (error instanceof Problem && error.kind.code === 'USER_NOT_FOUND')
      throw new Problem(problems.LEDGER_TRANSACTION_NOT_FOUND)
    throw error
  }
}

/** Where the page begins in each account. One that was opened since the first page has only newer entries, and is left out. */
function placesOf(account_ids: readonly string[], cursor: string | undefined): Places {
  if (cursor === undefined) return { below: new Map(account_ids.map((id) => [id, END])), near: LAST_DATE }
  const [near = '', ...sequences] = cursor.split('.')
  if (!isDate(near) || !CURSOR.test(cursor) || sequences.length > account_ids.length)
    throw new Problem(problems.CURSOR_WRONG)
  const below = sequences.map((text, i): [string, bigint] => [
    account_ids[i] as string,
    text === '' ? END : BigInt(Number.parseInt(text, 36)),
  ])
  return { below: new Map(below), near }
}

/** Of an account that nothing was shown of yet no place is written: there may be many. */
function cursorOf({ below, near }: Places): string {
  return [near, ...[...below.values()].map((sequence) => (sequence >= END ? '' : sequence.toString(36)))].join('.')
}
