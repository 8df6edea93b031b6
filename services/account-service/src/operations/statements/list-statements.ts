import { listStatements as contract } from '#contracts/api/account.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { requireGranted } from '../../owners.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import type { StatementRow } from '../../tables.ts'

const PAGE = 50

/** The monthly statements of an account, newest first; the cursor is the last day of the last one. */
export const listStatements = implementRead(contract, {
  toleratesLag: true,
  async read({ params, query: { limit = PAGE, cursor } }, { sql, caller }) {
    requireGranted(caller, params.account_id, 'transactions')
    if (cursor !== undefined && !/^\d{4}-(0[1-9]|1[0-2])-(2[89]|30|31)$/.test(cursor))
      throw new Problem(problems.CURSOR_WRONG)
    const { account_id } = await findAccount(sql, params.account_id)
    const rows = await sql<StatementRow[]>`
      select * from statements
      where account_id = ${account_id} and (${cursor ?? null}::text is null or to_date::text < ${cursor ?? null}::text)
      order by to_date desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    const items = page.map((row) => ({
      statement_id: row.statement_id,
      from: row.from_date,
      to: row.to_date,
      opening_balance_cents: row.opening_balance_cents,
      closing_balance_cents: row.closing_balance_cents,
      entry_count: row.entry_count,
      created_at: row.created_at.toISOString(),
    }))
    return { items, next_cursor: rows.length > limit ? (page.at(-1)?.to_date ?? null) : null }
  },
})
