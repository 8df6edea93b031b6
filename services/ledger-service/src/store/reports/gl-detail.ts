import type { Queryable } from '#libs/sql/database.ts'
import { type JournalCut, movedInSeals } from './gl-as-of.ts'

/** A line of the chart in a currency, over days. */
export interface LineDays {
  readonly gl_code: string
  readonly currency: string
  readonly from: string
  readonly to: string
}

export interface MovedDay {
  readonly date: string
  readonly debits: bigint
  readonly credits: bigint
  readonly entries: number
}

/**
 * What a line moved on each day of a range: business days, or value dates. Days that are written down answer by the difference of their totals;
 * of a value date they give what was booked on it, without what has its value elsewhere, with what elsewhere has its value here.
 */
export async function movedDays(
  sql: Queryable,
  cut: JournalCut,
  { gl_code, currency, from, to }: LineDays,
  basis: 'booking' | 'value',
): Promise<MovedDay[]> {
  const { open_from } = cut
  const isByValue = basis === 'value'
  const shifts = sql`
      union all
      select business_date, -debits, -credits, -entries from gl_shifts
      where business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
        and currency = ${currency} and gl_code = ${gl_code}
      union all
      select value_date, debits, credits, entries from gl_shifts
      where value_date >= ${from}::date and value_date <= ${to}::date and business_date < ${open_from}::date
        and currency = ${currency} and gl_code = ${gl_code}`
  const rows = await sql<{ date: string; debits: string; credits: string; entries: number }[]>`
    with moved as (
      select date, debits, credits, entries from (
        select business_date as date, debits - coalesce(lag(debits) over days, 0) as debits, credits - coalesce(lag(credits) over days, 0) as credits,
          entries - coalesce(lag(entries) over days, 0) as entries
        from gl_days
        where currency = ${currency} and gl_code = ${gl_code} and business_date <= ${to}::date and business_date < ${open_from}::date
          and business_date >= coalesce((
            select max(business_date) from gl_days where currency = ${currency} and gl_code = ${gl_code} and business_date < ${from}::date),
            ${from}::date)
        window days as (order by business_date)) written
      where date >= ${from}::date
      ${isByValue ? shifts : sql``}
      union all
      select ${isByValue ? sql`value_date` : sql`day`}, debits, credits, entries
      from (${movedInSeals(sql, cut, { gl_code, currency })}) sealed)
    select date, sum(debits)::text as debits, sum(credits)::text as credits, sum(entries)::float8 as entries
    from moved where date >= ${from}::date and date <= ${to}::date
    group by date having sum(entries) <> 0 order by date`
  return rows.map((row) => ({ ...row, debits: BigInt(row.debits), credits: BigInt(row.credits) }))
}
