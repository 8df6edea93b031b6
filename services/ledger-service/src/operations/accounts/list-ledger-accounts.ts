import { listLedgerAccounts as contract } from '#contracts/api/ledger.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { accountReply } from '../../store/accounts.ts'
import type { LedgerAccountRow } from '../../tables.ts'

/** Accounts by code and currency, in the order of their ids; the cursor is the last id of the page. */
export const listLedgerAccounts = implementRead(contract, {
  async read({ query: { gl_code, currency, cursor, limit = 50 } }, { sql, clock, own }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<LedgerAccountRow[]>`
      select *, entry_count::float8 as entry_count from ledger_accounts
      where true
        ${gl_code === undefined ? sql`` : sql`and gl_code = ${gl_code}`}
        ${currency === undefined ? sql`` : sql`and currency = ${currency}`}
        ${cursor === undefined ? sql`` : sql`and ledger_account_id > ${cursor}`}
      order by ledger_account_id limit ${limit + 1}`
    const time = { now: clock.bank.now(), business_date: own.known.business_date }
    const items = rows.slice(0, limit).map((row) => accountReply(row, time))
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null }
  },
})
