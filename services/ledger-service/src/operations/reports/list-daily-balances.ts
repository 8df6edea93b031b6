import { listDailyBalances as contract } from '#contracts/api/ledger.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { CUSTOMER_DEPOSITS } from '../../domain/chart.ts'
import { problems } from '../../problems.ts'
import { isSnapshotted } from '../../store/daily-books.ts'

interface DailyRow {
  ledger_account_id: string
  currency: string
  opening_cents: bigint
  debits_cents: bigint
  credits_cents: bigint
  closing_cents: bigint
  entry_count: number
}

/** What each customer account did on a day that is over, in the order of their ids; the cursor is the last id of the page. */
export const listDailyBalances = implementRead(contract, {
  async read({ query: { business_date, cursor, limit = 50 } }, { sql }) {
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    if (!(await isSnapshotted(sql, business_date)))
      throw new Problem(problems.DAY_NOT_OVER, { detail: `The balances of ${business_date} may still change` })
    const rows = await sql<DailyRow[]>`
      select d.ledger_account_id, a.currency, d.opening_cents, d.debits_cents, d.credits_cents, d.closing_cents,
        d.entry_count::float8 as entry_count
      from daily_balances d join ledger_accounts a on a.ledger_account_id = d.ledger_account_id
      where d.business_date = ${business_date}::date and a.gl_code = ${CUSTOMER_DEPOSITS.gl_code}
        ${cursor === undefined ? sql`` : sql`and d.ledger_account_id > ${cursor}`}
      order by d.ledger_account_id limit ${limit + 1}`
    const items = rows.slice(0, limit)
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null }
  },
})
