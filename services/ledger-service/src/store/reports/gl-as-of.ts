import type { Queryable } from '#libs/sql/database.ts'
import type { LineTotals } from '../../domain/reports.ts'
import { type CutDays, daysFrom, REACHES } from '../../domain/value-dates.ts'

/** How much of the journal counts: what was sealed up to `seal_no`. */
export interface JournalCut extends CutDays {
  readonly seal_no: number
}

/**
 * The totals of every line as of a value date: of the entries of the cut, those with a value date up to it. Days that are written down answer by
 * their sums, as `accountBalanceAsOf` does; the day of the cut (and the one before, while it is being closed) by what its seals moved.
 */
export async function lineTotalsAsOf(sql: Queryable, cut: JournalCut, value_date: string): Promise<LineTotals[]> {
  return lineTotals(
    sql,
    sql`
      ${writtenUpTo(sql, cut, value_date)}
      union all
      select currency, gl_code, debits, credits, entries from (${movedInSeals(sql, cut)}) moved where value_date <= ${value_date}::date
      union all
      select s.currency, s.gl_code, s.later * s.debits, s.later * s.credits, s.later * s.entries
      from generate_series(0, ${REACHES - 1}) as near (reach)
      cross join lateral (
        select currency, gl_code, debits, credits, entries, case when business_date <= ${value_date}::date then -1 else 1 end as later
        from gl_shifts
        where reach = near.reach and low > ${value_date}::date - least(2 << near.reach, ${value_date}::date - '0001-01-01'::date + 1)
          and low <= ${value_date}::date and high > ${value_date}::date and business_date < ${cut.open_from}::date
          -- Each reach by itself: joined all at once, everything would be read.
          offset 0) s`,
  )
}

/** The totals of every line at the end of a business day: of what is sealed, all that was booked up to it, whatever its value date. */
export async function lineTotalsBooked(sql: Queryable, cut: JournalCut, business_date: string): Promise<LineTotals[]> {
  return lineTotals(
    sql,
    sql`
      ${writtenUpTo(sql, cut, business_date)}
      union all
      select currency, gl_code, debits, credits, entries from (${movedInSeals(sql, cut)}) moved where day <= ${business_date}::date`,
  )
}

/** The totals of the last day up to a date that is written down. */
function writtenUpTo(sql: Queryable, { open_from }: JournalCut, date: string) {
  return sql`
    select currency, gl_code, debits, credits, entries from gl_days
    where business_date = (
      select max(business_date) from gl_days where business_date < ${open_from}::date and business_date <= ${date}::date)`
}

/** What the seals of a cut moved on its open days, on every line or on one: a mark of each day, and the seals since. */
export function movedInSeals(sql: Queryable, cut: JournalCut, line?: { gl_code: string; currency: string }) {
  const { seal_no } = cut
  const ofLine = line === undefined ? sql`` : sql`and currency = ${line.currency} and gl_code = ${line.gl_code}`
  return sql`
    select open.day, m.value_date, m.currency, m.gl_code, m.debits, m.credits, m.entries
    from unnest(${`{${openDays(cut)}}`}::date[]) as open (day)
    cross join lateral (
      select coalesce(max(seal_no), 0) as seal_no from gl_marks where business_date = open.day and seal_no <= ${seal_no}::bigint) mark
    cross join lateral (
      select value_date, currency, gl_code, debits, credits, entries from gl_marks
      where business_date = open.day and seal_no = mark.seal_no ${ofLine}
      union all
      select value_date, currency, gl_code, debits, credits, entries from gl_movements
      where business_date = open.day and seal_no > mark.seal_no and seal_no <= ${seal_no}::bigint ${ofLine}) m`
}

async function lineTotals(sql: Queryable, counted: ReturnType<typeof writtenUpTo>): Promise<LineTotals[]> {
  const rows = await sql<(Omit<LineTotals, 'debits' | 'credits'> & { debits: string; credits: string })[]>`
    with counted as (${counted}),
    lines as (
      select currency, gl_code, sum(debits) as debits, sum(credits) as credits, sum(entries)::float8 as entries
      from counted group by currency, gl_code having sum(entries) <> 0)
    select lines.currency, lines.gl_code, kind.account_type, kind.normal_side, debits::text, credits::text, entries
    from lines
    join gl_accounts kind on kind.gl_code = lines.gl_code
    order by lines.currency, lines.gl_code`
  return rows.map((row) => ({ ...row, debits: BigInt(row.debits), credits: BigInt(row.credits) }))
}

/** The days of a cut that are summed seal by seal: one, two around midnight, three while a day is being closed. */
export function openDays({ open_from, last_day }: CutDays): string[] {
  return daysFrom(open_from, last_day)
}
