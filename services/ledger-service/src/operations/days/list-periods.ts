import { listPeriods as contract } from '#contracts/api/ledger-days.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { isDate } from '../../domain/value-dates.ts'
import { problems } from '../../problems.ts'

interface PeriodRow {
  period: string
  status: 'OPEN' | 'CLOSING' | 'CLOSED'
  closed_at: Date | null
}

interface TotalRow {
  period: string
  currency: string
  entries: number
  debit_total: string
  credit_total: string
  difference: string
}

/** Characters of a date that name its period. */
const LENGTHS = { DAY: 10, MONTH: 7, YEAR: 4 } as const

/** Business days, or the months and years that they make, with the totals that they closed with; the cursor is the last period of the page. */
export const listPeriods = implementRead(contract, {
  async read({ query: { cursor, limit = 50, kind = 'DAY', from, to } }, { sql }) {
    const length = LENGTHS[kind]
    if (cursor !== undefined && !isPeriod(cursor, length)) throw new Problem(problems.CURSOR_WRONG)
    const within = { before: cursor ?? null, from: from?.slice(0, length) ?? null, to: to?.slice(0, length) ?? null }
    const rows =
      kind === 'DAY' ? await findDays(sql, within, limit + 1) : await findSpans(sql, length, within, limit + 1)
    const page = rows.slice(0, limit)
    const names = page.map((row) => row.period)
    const totals = kind === 'DAY' ? await totalsOfDays(sql, names) : await totalsOfSpans(sql, length, names)
    const byPeriod = Map.groupBy(totals, (row) => row.period)
    const items = page.map(({ period, status, closed_at }) => ({
      period,
      status,
      closed_at: closed_at?.toISOString() ?? null,
      currencies: (byPeriod.get(period) ?? []).map(({ period: _same, ...total }) => total),
    }))
    return { items, next_cursor: rows.length > limit ? (page.at(-1)?.period ?? null) : null }
  },
})

interface Within {
  before: string | null
  from: string | null
  to: string | null
}

async function findDays(sql: Queryable, { before, from, to }: Within, limit: number): Promise<PeriodRow[]> {
  return await sql<PeriodRow[]>`
    select business_date as period, status, closed_at from periods
    where true ${before === null ? sql`` : sql`and business_date < ${before}::date`}
      ${from === null ? sql`` : sql`and business_date >= ${from}::date`} ${to === null ? sql`` : sql`and business_date <= ${to}::date`}
    order by business_date desc limit ${limit}`
}

/** Months and years are made of the days that there are: one that nobody has begun to close is open. */
async function findSpans(
  sql: Queryable,
  length: number,
  { before, from, to }: Within,
  limit: number,
): Promise<PeriodRow[]> {
  return await sql<PeriodRow[]>`
    select spans.period, coalesce(a.status, 'OPEN') as status, a.closed_at
    from (select distinct left(business_date::text, ${length}) as period from periods) spans
    left join accounting_periods a on a.period = spans.period
    where (${before}::text is null or spans.period < ${before}) and (${from}::text is null or spans.period >= ${from})
      and (${to}::text is null or spans.period <= ${to})
    order by spans.period desc limit ${limit}`
}

async function totalsOfDays(sql: Queryable, days: readonly string[]): Promise<TotalRow[]> {
  return await sql<TotalRow[]>`
    select business_date as period, currency, entries::float8 as entries, debits::text as debit_total,
      credits::text as credit_total, (debits - credits)::text as difference
    from period_totals where business_date = any(${days as string[]}::date[]) order by business_date, currency`
}

async function totalsOfSpans(sql: Queryable, length: number, periods: readonly string[]): Promise<TotalRow[]> {
  return await sql<TotalRow[]>`
    select l.period, l.currency, coalesce(moved.entries, 0)::float8 as entries, sum(l.debits)::text as debit_total,
      sum(l.credits)::text as credit_total, sum(l.debits - l.credits)::text as difference
    from accounting_period_lines l
    left join lateral (
      select sum(t.entries) as entries from period_totals t join accounting_periods a on a.period = l.period
      where t.currency = l.currency and t.business_date between a.first_date and a.last_date) moved on true
    where l.period = any(${periods as string[]}::text[]) and length(l.period) = ${length}
    group by l.period, l.currency, moved.entries order by l.period, l.currency`
}

function isPeriod(text: string, length: number): boolean {
  const first = text + '0000-01-01'.slice(text.length)
  return text.length === length && isDate(first)
}
