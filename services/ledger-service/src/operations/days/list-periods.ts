import { listPeriods as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'

interface PeriodRow {
  period: string
  status: 'OPEN' | 'CLOSING' | 'CLOSED'
  closed_at: Date | null
}

interface TotalRow {
  business_date: string
  currency: string
  entries: number
  debit_total: string
  credit_total: string
  difference: string
}

/** Business days with the totals of everything booked up to their end; the cursor is the last date of the page. */
export const listPeriods = implementRead(contract, {
  async read({ query: { cursor, limit = 50, from, to } }, { sql }) {
    if (cursor !== undefined && !isDate(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const rows = await sql<PeriodRow[]>`
      select business_date as period, status, closed_at from periods
      where true ${cursor === undefined ? sql`` : sql`and business_date < ${cursor}::date`}
        ${from === undefined ? sql`` : sql`and business_date >= ${from}::date`} ${to === undefined ? sql`` : sql`and business_date <= ${to}::date`}
      order by business_date desc limit ${limit + 1}`
    const page = rows.slice(0, limit)
    const totals = await sql<TotalRow[]>`
      select business_date, currency, entries::float8 as entries, debits::text as debit_total,
        credits::text as credit_total,
        (debits - credits)::text as difference
      from period_totals where business_date = any(${page.map((row) => row.period)}::date[]) order by business_date, currency`
    const byDay = Map.groupBy(totals, (row) => row.business_date)
    const items = page.map(({ period, status, closed_at }) => ({
      period,
      status,
      closed_at: closed_at?.toISOString() ?? null,
      currencies: (byDay.get(period) ?? []).map(({ business_date: _same, ...total }) => total),
    }))
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.period ?? null) : null }
  },
})

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && Number.isFinite(Date.parse(text))
}
