import { searchLedgerTransactions as contract } from '#contracts/api/ledger-transactions.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findTransactions, journalReply } from '../../store/journal.ts'
import { searchTransactions } from '../../store/search-transactions.ts'

const METADATA = /^metadata\[(.+)\]$/

/** Transactions by what they say, newest first; the cursor is the id after which the next page goes on. */
export const searchLedgerTransactions = implementRead(contract, {
  async read({ query }, { sql }) {
    const { cursor, limit = 50, transaction_id, reference, business_event, from, to } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const metadata = Object.fromEntries(
      Object.entries(query).flatMap(([name, value]) => {
        const [, key] = METADATA.exec(name) ?? []
        return key === undefined ? [] : [[key, String(value)]]
      }),
    )
    const about = { metadata, transaction_id, reference, business_event, from, to }
    const { ids, next } = await searchTransactions(sql, { ...about, before: cursor, limit })
    const rows = (await findTransactions(sql, ids)).filter((row) => row !== undefined)
    return { items: rows.map(journalReply), next_cursor: next }
  },
})
