import { getSubLedger as contract } from '#contracts/api/ledger-reports.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { isSnapshotted } from '../../store/daily-books.ts'

interface MovedRow {
  ledger_account_id: string
  opening_cents: bigint
  debits_cents: bigint
  credits_cents: bigint
  closing_cents: bigint
  entry_count: number
}

/** What each account of a line did on a day, in the order of their ids; the cursor is the last id of the page. */
export const getSubLedger = implementRead(contract, {
  async read({ query: { gl_code, currency, business_date, cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    if (!(await isSnapshotted(sql, business_date)))
      throw new Problem(problems.DAY_NOT_OVER, { detail: `The balances of ${business_date} may still change` })
    const rows = await sql<MovedRow[]>`
      select d.ledger_account_id, d.opening_cents, d.debits_cents, d.credits_cents, d.closing_cents, d.entry_count::float8 as entry_count
      from daily_balances d join ledger_accounts a on a.ledger_account_id = d.ledger_account_id
      where d.business_date = ${business_date}::date and a.gl_code = ${gl_code} and a.currency = ${currency}
        ${cursor === undefined ? sql`` : sql`and d.ledger_account_id > ${cursor}`}
      order by d.ledger_account_id limit ${limit + 1}`
    const items = rows.slice(0, limit)
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null }
  },
})
