import type { Queryable } from '#libs/sql/database.ts'
import { dayFrom, FIRST_DATE } from '../../domain/value-dates.ts'
import type { Side } from '../../tables.ts'
import { type AccountCut, accountBalanceAsOf, lastWritten } from './account-as-of.ts'

/** What an account had before and after the entries of some days, what they sum up to, and how many they are. */
export interface Movement {
  readonly opening_balance_cents: bigint
  readonly closing_balance_cents: bigint
  readonly debits: bigint
  readonly credits: bigint
  readonly entry_count: number
}

/** The movement of business days, whose entries are those from `first` to `last`. */
export async function movedBetween(
  sql: Queryable,
  cut: AccountCut,
  range: { from: string; to: string; first: number; last: number },
): Promise<Movement> {
  const { ledger_account_id: id, normal_side, open_from, last_day } = cut
  const { from, to, first, last } = range
  const [row] = await sql<{ opening: bigint; debits: string; credits: string }[]>`
    with parts as (
      select debits_cents as debits, credits_cents as credits from daily_balances
      where ledger_account_id = ${id} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
      union all
      select case when is_debit then abs(signed_cents) end, case when is_debit then null else abs(signed_cents) end from entries
      where ledger_account_id = ${id} and sequence >= ${first}::bigint and sequence <= ${last}::bigint
        and business_date >= ${open_from}::date and business_date <= ${last_day}::date)
    select coalesce(
        (select balance_cents from entries
          where ledger_account_id = ${id} and sequence = ${first - 1}::bigint and business_date >= ${open_from}::date
            and business_date <= ${last_day}::date),
        (select closing_cents from daily_balances
          where ledger_account_id = ${id} and business_date < ${from}::date and business_date < ${open_from}::date
          order by business_date desc limit 1), 0) as opening,
      coalesce(sum(debits), 0)::text as debits, coalesce(sum(credits), 0)::text as credits
    from parts`
  const { opening = 0n, debits = '0', credits = '0' } = row ?? {}
  return movement(normal_side, opening, { debits, credits, entries: last - first + 1 })
}

/**
 * The movement of value dates. Days that are written down give what was booked on them, without what has its value elsewhere, with what elsewhere has
 * its value here; of the open days the entries are read, those with another value by their index.
 */
export async function movedByValue(
  sql: Queryable,
  cut: AccountCut,
  { from, to }: { from: string; to: string },
): Promise<Movement> {
  const { ledger_account_id: id, normal_side, open_from, last_day, sequence } = cut
  const open = sql`
    ledger_account_id = ${id} and sequence > (select last_sequence from written) and sequence <= ${sequence}::bigint
      and business_date >= ${open_from}::date and business_date <= ${last_day}::date`
  const [opening, [row]] = await Promise.all([
    from === FIRST_DATE ? 0n : accountBalanceAsOf(sql, cut, dayFrom(from, -1)),
    sql<{ debits: string; credits: string; entries: number }[]>`
      with written as (${lastWritten(sql, cut)}),
      opened as (
        select is_debit, signed_cents from entries
        where ${open} and value_date = business_date and business_date >= ${from}::date and business_date <= ${to}::date
        union all
        select is_debit, signed_cents from entries
        where ${open} and value_date <> business_date and value_date >= ${from}::date and value_date <= ${to}::date),
      parts as (
        select debits_cents::numeric as debits, credits_cents::numeric as credits, entry_count as entries from daily_balances
        where ledger_account_id = ${id} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
        union all
        select -debits, -credits, -entries from shifted_balances
        where ledger_account_id = ${id} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
        union all
        select debits, credits, entries from shifted_balances
        where ledger_account_id = ${id} and value_date >= ${from}::date and value_date <= ${to}::date and business_date < ${open_from}::date
        union all
        select case when is_debit then abs(signed_cents) end, case when is_debit then null else abs(signed_cents) end, 1 from opened)
      select coalesce(sum(debits), 0)::text as debits, coalesce(sum(credits), 0)::text as credits, coalesce(sum(entries), 0)::float8 as entries
      from parts`,
  ])
  return movement(normal_side, opening, row ?? { debits: '0', credits: '0', entries: 0 })
}

/** The movement of a business day that is written down, as far as it counts as of a value date. */
export async function movedOnDay(
  sql: Queryable,
  day: {
    ledger_account_id: string
    normal_side: Side
    business_date: string
    last_sequence: number
    entry_count: number
  },
  value_date: string,
): Promise<Movement> {
  const { ledger_account_id, normal_side, business_date, last_sequence, entry_count } = day
  const before = {
    open_from: business_date,
    last_day: dayFrom(business_date, -1),
    sequence: last_sequence - entry_count,
  }
  const [opening, [row]] = await Promise.all([
    accountBalanceAsOf(sql, { ledger_account_id, normal_side, ...before }, value_date),
    sql<{ debits: string; credits: string; entries: number }[]>`
      with parts as (
        select debits_cents::numeric as debits, credits_cents::numeric as credits, entry_count as entries from daily_balances
        where ledger_account_id = ${ledger_account_id} and business_date = ${business_date}::date and business_date <= ${value_date}::date
        union all
        select side * debits, side * credits, side * entries from (
          select *, case when business_date <= ${value_date}::date then -1 else 1 end as side from shifted_balances
          where ledger_account_id = ${ledger_account_id} and business_date = ${business_date}::date
            and (value_date <= ${value_date}::date) <> (business_date <= ${value_date}::date)) shifted)
      select coalesce(sum(debits), 0)::text as debits, coalesce(sum(credits), 0)::text as credits, coalesce(sum(entries), 0)::float8 as entries
      from parts`,
  ])
  return movement(normal_side, opening, row ?? { debits: '0', credits: '0', entries: 0 })
}

function movement(
  normal_side: Side,
  opening: bigint,
  row: { debits: string; credits: string; entries: number },
): Movement {
  const [debits, credits] = [BigInt(row.debits), BigInt(row.credits)]
  const closing = opening + (normal_side === 'DEBIT' ? debits - credits : credits - debits)
  return {
    opening_balance_cents: opening,
    closing_balance_cents: closing,
    debits,
    credits,
    entry_count: row.entries,
  }
}
