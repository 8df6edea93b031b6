import type { Queryable } from '#libs/sql/database.ts'
import { dayFrom, FIRST_DATE } from '../../domain/value-dates.ts'
import type { Side } from '../../tables.ts'
import { arrayLiteral } from '../array-literal.ts'
import { fromMonthOf } from '../entry-months.ts'
import { type AccountCut, type AccountCuts, balancesAsOf, lastWritten, ofAccounts, partsOf } from './account-as-of.ts'

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
    with written as (${lastWritten(sql, cut)}),
    parts as (
      select debits_cents as debits, credits_cents as credits from daily_balances
      where ledger_account_id = ${id} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
      union all
      select case when is_debit then abs(signed_cents) end, case when is_debit then null else abs(signed_cents) end from entries
      where ledger_account_id = ${id} and sequence > greatest((select last_sequence from written), ${first - 1}::bigint)
        and sequence <= ${last}::bigint and ${fromMonthOf(sql, open_from)} and business_date <= ${last_day}::date)
    select coalesce(
        (select balance_cents from entries
          where ledger_account_id = ${id} and sequence = ${first - 1}::bigint and ${fromMonthOf(sql, open_from)}
            and business_date <= ${last_day}::date),
        (select closing_cents from daily_balances
          where ledger_account_id = ${id} and business_date < ${from}::date and business_date < ${open_from}::date
          order by business_date desc limit 1), 0) as opening,
      coalesce(sum(debits), 0)::text as debits, coalesce(sum(credits), 0)::text as credits
    from parts`
  const { opening = 0n, debits = '0', credits = '0' } = row ?? {}
  return movement(normal_side, opening, { debits, credits, entries: last - first + 1 })
}

/** The movement of value dates on one account. */
export async function movedByValue(
  sql: Queryable,
  cut: AccountCut,
  range: { from: string; to: string },
): Promise<Movement> {
  const [moved] = await movementsByValue(sql, { ...cut, accounts: [cut] }, range)
  return moved as Movement
}

/**
 * The movements of value dates on accounts, in their order. Days that are written down give what was booked on them, without what has its value
 * elsewhere, with what elsewhere has its value here; of the open days the entries are read, those with another value by their index.
 */
export async function movementsByValue(
  sql: Queryable,
  cuts: AccountCuts,
  { from, to }: { from: string; to: string },
): Promise<Movement[]> {
  const { open_from, last_day } = cuts
  const of = ofAccounts(sql, cuts.accounts)
  const open = sql`
    ledger_account_id = w.id and sequence > w.written and sequence <= w.sequence and business_date <= ${last_day}::date
      and ${fromMonthOf(sql, open_from)}`
  const [openings, rows] = await Promise.all([
    from === FIRST_DATE ? [] : balancesAsOf(sql, cuts, dayFrom(from, -1)),
    sql<MovedRow[]>`
      with wanted as materialized (${partsOf(sql, cuts)})
      select ${sums(sql)}
      from wanted w left join (
        select ledger_account_id as id, debits_cents::numeric as debits, credits_cents::numeric as credits, entry_count as entries
        from daily_balances
        where ${of} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
        union all
        select ledger_account_id, -debits, -credits, -entries from shifted_balances
        where ${of} and business_date >= ${from}::date and business_date <= ${to}::date and business_date < ${open_from}::date
        union all
        select ledger_account_id, debits, credits, entries from shifted_balances
        where ${of} and value_date >= ${from}::date and value_date <= ${to}::date and business_date < ${open_from}::date
        union all
        select id, case when is_debit then abs(signed_cents) end, case when is_debit then null else abs(signed_cents) end, 1
        from wanted w cross join lateral (
          select is_debit, signed_cents from entries
          where ${open_from}::date <= ${to}::date and ${from}::date <= ${last_day}::date and ${open}
            and value_date = business_date and value_date >= ${from}::date and value_date <= ${to}::date
          union all
          select is_debit, signed_cents from entries
          where ${open} and value_date <> business_date and value_date >= ${from}::date and value_date <= ${to}::date) opened) parts using (id)
      group by w.place order by w.place`,
  ])
  return rows.map((row, i) => movement(cuts.accounts[i]?.normal_side as Side, openings[i] ?? 0n, row))
}

/** What an account did on a business day that is written down: its last entry of that day, and how many it has. */
interface AccountDay {
  readonly ledger_account_id: string
  readonly normal_side: Side
  readonly last_sequence: number
  readonly entry_count: number
}

/** The movements of accounts, in their order, on a business day that is written down, as far as they count as of a value date. */
export async function movementsOnDay(
  sql: Queryable,
  days: readonly AccountDay[],
  { business_date, value_date }: { business_date: string; value_date: string },
): Promise<Movement[]> {
  const accounts = days.map((day) => ({ ...day, sequence: day.last_sequence - day.entry_count }))
  const [openings, rows] = await Promise.all([
    balancesAsOf(sql, { accounts, open_from: business_date, last_day: dayFrom(business_date, -1) }, value_date),
    sql<MovedRow[]>`
      select ${sums(sql)}
      from unnest(${arrayLiteral(days.map((day) => day.ledger_account_id))}::uuid[]) with ordinality as wanted (id, place)
      left join (
        select ledger_account_id as id, debits_cents::numeric as debits, credits_cents::numeric as credits, entry_count as entries
        from daily_balances
        where ${ofAccounts(sql, days)} and business_date = ${business_date}::date and business_date <= ${value_date}::date
        union all
        select ledger_account_id, side * debits, side * credits, side * entries from (
          select *, case when business_date <= ${value_date}::date then -1 else 1 end as side from shifted_balances
          where ${ofAccounts(sql, days)} and business_date = ${business_date}::date
            and (value_date <= ${value_date}::date) <> (business_date <= ${value_date}::date)) shifted) parts using (id)
      group by wanted.place order by wanted.place`,
  ])
  return rows.map((row, i) => movement(days[i]?.normal_side as Side, openings[i] ?? 0n, row))
}

function sums(sql: Queryable) {
  return sql`coalesce(sum(debits), 0)::text as debits, coalesce(sum(credits), 0)::text as credits, coalesce(sum(entries), 0)::float8 as entries`
}

/** Sums of an account's day or days, as they are read. */
interface MovedRow {
  readonly debits: string
  readonly credits: string
  readonly entries: number
}

function movement(normal_side: Side, opening: bigint, row: MovedRow): Movement {
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
