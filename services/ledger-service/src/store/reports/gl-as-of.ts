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
  const { seal_no, open_from } = cut
  const open_days = openDays(cut)
  const rows = await sql<Row[]>`
    with counted as (
      select currency, gl_code, debits, credits, entries from gl_days
      where business_date = (
        select max(business_date) from gl_days where business_date < ${open_from}::date and business_date <= ${value_date}::date)
      union all
      select moved.currency, moved.gl_code, moved.debits, moved.credits, moved.entries from unnest(${`{${open_days}}`}::date[]) as open (day)
      cross join lateral (
        select coalesce(max(seal_no), 0) as seal_no from gl_marks where business_date = open.day and seal_no <= ${seal_no}) mark
      cross join lateral (
        select value_date, currency, gl_code, debits, credits, entries from gl_marks
        where business_date = open.day and seal_no = mark.seal_no
        union all
        select value_date, currency, gl_code, debits, credits, entries from gl_movements
        where business_date = open.day and seal_no > mark.seal_no and seal_no <= ${seal_no}) moved
      where moved.value_date <= ${value_date}::date
      union all
      select s.currency, s.gl_code, s.later * s.debits, s.later * s.credits, s.later * s.entries
      from generate_series(0, ${REACHES - 1}) as near (reach)
      cross join lateral (
        select currency, gl_code, debits, credits, entries, case when business_date <= ${value_date}::date then -1 else 1 end as later
        from gl_shifts
        where reach = near.reach and low > ${value_date}::date - least(2 << near.reach, ${value_date}::date - '0001-01-01'::date + 1)
          and low <= ${value_date}::date and high > ${value_date}::date and business_date < ${open_from}::date
          -- Each reach by itself: joined all at once, everything would be read.
          offset 0) s),
    lines as (
      select currency, gl_code, sum(debits) as debits, sum(credits) as credits, sum(entries)::float8 as entries
      from counted group by currency, gl_code having sum(entries) <> 0)
    select lines.currency, lines.gl_code, kind.account_type, kind.normal_side, debits::text, credits::text, entries
    from lines
    join gl_accounts kind on kind.gl_code = lines.gl_code
    order by lines.currency, lines.gl_code`
  return rows.map(totalsOf)
}

/** The totals of every line at the end of a business day: of what is sealed, all that was booked up to it, whatever its value date. */
export async function lineTotalsBooked(sql: Queryable, cut: JournalCut, business_date: string): Promise<LineTotals[]> {
  const { seal_no, open_from } = cut
  const open_days = openDays(cut).filter((day) => day <= business_date)
  const rows = await sql<Row[]>`
    with counted as (
      select currency, gl_code, debits, credits, entries from gl_days
      where business_date = (
        select max(business_date) from gl_days where business_date < ${open_from}::date and business_date <= ${business_date}::date)
      union all
      select moved.currency, moved.gl_code, moved.debits, moved.credits, moved.entries from unnest(${`{${open_days}}`}::date[]) as open (day)
      cross join lateral (
        select coalesce(max(seal_no), 0) as seal_no from gl_marks where business_date = open.day and seal_no <= ${seal_no}) mark
      cross join lateral (
        select currency, gl_code, debits, credits, entries from gl_marks
        where business_date = open.day and seal_no = mark.seal_no
        union all
        select currency, gl_code, debits, credits, entries from gl_movements
        where business_date = open.day and seal_no > mark.seal_no and seal_no <= ${seal_no}) moved),
    lines as (
      select currency, gl_code, sum(debits) as debits, sum(credits) as credits, sum(entries)::float8 as entries
      from counted group by currency, gl_code)
    select lines.currency, lines.gl_code, kind.account_type, kind.normal_side, debits::text, credits::text, entries
    from lines
    join gl_accounts kind on kind.gl_code = lines.gl_code
    order by lines.currency, lines.gl_code`
  return rows.map(totalsOf)
}

type Row = Omit<LineTotals, 'debits' | 'credits'> & { debits: string; credits: string }

function totalsOf(row: Row): LineTotals {
  return { ...row, debits: BigInt(row.debits), credits: BigInt(row.credits) }
}

/** The days of a cut that are summed seal by seal: one, two around midnight, three while a day is being closed. */
export function openDays({ open_from, last_day }: CutDays): string[] {
  return daysFrom(open_from, last_day)
}
