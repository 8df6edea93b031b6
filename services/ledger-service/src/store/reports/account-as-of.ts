import type { Queryable } from '#libs/sql/database.ts'
import { type CutDays, REACHES } from '../../domain/value-dates.ts'
import type { Side } from '../../tables.ts'

/** How much of an account's history counts: its first `sequence` entries. */
export interface AccountCut extends CutDays {
  readonly ledger_account_id: string
  readonly normal_side: Side
  readonly sequence: number
}

/**
 * The balance of an account as of a value date: of the entries of the cut, those with a value date up to it. It is the running balance of the last
 * one booked up to that date, without those whose value comes later, with those booked later whose value came before. Days that are written down
 * answer by their sums; entries are read of one day, or two while a day is being closed.
 */
export async function accountBalanceAsOf(sql: Queryable, cut: AccountCut, value_date: string): Promise<bigint> {
  const { ledger_account_id: id, sequence, open_from, last_day } = cut
  const last_booked = value_date < last_day ? value_date : last_day
  const sign = cut.normal_side === 'DEBIT' ? 1 : -1
  const [row] = await sql<{ balance_cents: bigint }[]>`
    with written as (${lastWritten(sql, cut)})
    select (coalesce(
      (select balance_cents from entries
        where ledger_account_id = ${id} and sequence > (select last_sequence from written) and sequence <= ${sequence}::bigint
          and business_date >= ${open_from}::date and business_date <= ${last_booked}::date
        order by sequence desc limit 1),
      (select closing_cents from daily_balances
        where ledger_account_id = ${id} and business_date < ${open_from}::date and business_date <= ${value_date}::date
        order by business_date desc limit 1), 0)
    + coalesce((
        select sum(case when business_date <= ${value_date}::date then -signed_cents else signed_cents end) from entries
        where ledger_account_id = ${id} and sequence > (select last_sequence from written) and sequence <= ${sequence}::bigint
          and business_date >= ${open_from}::date and business_date <= ${last_day}::date
          and value_date <> business_date and (business_date <= ${value_date}::date) <> (value_date <= ${value_date}::date)), 0)
    + ${sign} * coalesce((
        select sum(case when s.business_date <= ${value_date}::date then s.credits - s.debits else s.debits - s.credits end)
        from generate_series(0, ${REACHES - 1}) as near (reach)
        cross join lateral (
          select business_date, debits, credits from shifted_balances
          where ledger_account_id = ${id} and reach = near.reach
            and low > ${value_date}::date - least(2 << near.reach, ${value_date}::date - '0001-01-01'::date + 1)
            and low <= ${value_date}::date and high > ${value_date}::date and business_date < ${open_from}::date
          -- Each reach by itself: joined all at once, everything would be read.
          offset 0) s), 0))::int8 as balance_cents`
  return row?.balance_cents ?? 0n
}

/** The last of an account's entries that stand on days that are written down: those of open days come after it. */
export function lastWritten(sql: Queryable, { ledger_account_id: id, open_from }: AccountCut) {
  return sql`
    select coalesce((
      select last_sequence from daily_balances where ledger_account_id = ${id} and business_date < ${open_from}::date
      order by business_date desc limit 1), 0) as last_sequence`
}
