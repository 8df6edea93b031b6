import type { Queryable } from '#libs/sql/database.ts'
import { firstOpenDay } from '../daily-books.ts'
import { fromMonthOf } from '../entry-months.ts'

/** An entry as a statement needs it; the rest of its leaf comes from its transaction. */
export interface StatementEntry {
  readonly ledger_transaction_id: string
  readonly ordinal: number
  readonly sequence: number
  readonly signed_cents: bigint
  readonly balance_cents: bigint
}

interface Stretch {
  readonly ledger_account_id: string
  readonly from: string
  readonly to: string
  readonly limit: number
}

/**
 * What was booked on an account under some business days, oldest first. Days' balances say where in its history they begin and end; only while a
 * day is being closed entries of it stand before those of the next.
 */
export async function entriesBetween(sql: Queryable, wanted: Stretch): Promise<StatementEntry[]> {
  const { ledger_account_id, from, to, limit } = wanted
  const rows = await sql<StatementEntry[]>`
    select ledger_transaction_id, ordinal, sequence::float8 as sequence, signed_cents, balance_cents
    from (
      select * from entries
      where ledger_account_id = ${ledger_account_id} and ${fromMonthOf(sql, from)} and business_date <= ${to}::date
        and sequence > ${sequenceBefore(sql, ledger_account_id, from)}
        and sequence <= coalesce((
          select last_sequence - entry_count from daily_balances where ledger_account_id = ${ledger_account_id} and business_date > ${to}::date
          order by business_date limit 1), ${lastSequence(sql, ledger_account_id)})
      order by entries.sequence offset 0) near
    where business_date >= ${from}::date order by near.sequence limit ${limit}`
  return Array.from(rows)
}

/** The last entry before a business day; undefined where there is none. */
export async function lastEntryBefore(
  sql: Queryable,
  { ledger_account_id, from }: Pick<Stretch, 'ledger_account_id' | 'from'>,
): Promise<Pick<StatementEntry, 'sequence' | 'balance_cents'> | undefined> {
  const first_open = await firstOpenDay(sql)
  const [row] = await sql<Pick<StatementEntry, 'sequence' | 'balance_cents'>[]>`
    select sequence::float8 as sequence, balance_cents
    from (
      (select sequence, balance_cents from entries
        where ${first_open}::date < ${from}::date and ledger_account_id = ${ledger_account_id} and ${fromMonthOf(sql, first_open)}
          and business_date < ${from}::date and sequence > ${sequenceBefore(sql, ledger_account_id, from)}
          and sequence <= ${lastSequence(sql, ledger_account_id)}
        order by sequence desc limit 1)
      union all
      (select last_sequence, closing_cents from daily_balances where ledger_account_id = ${ledger_account_id} and business_date < ${from}::date
        order by business_date desc limit 1)) last
    order by last.sequence desc limit 1`
  return row
}

function sequenceBefore(sql: Queryable, id: string, day: string) {
  return sql`coalesce((
    select last_sequence from daily_balances where ledger_account_id = ${id} and business_date < ${day}::date
    order by business_date desc limit 1), 0)`
}

function lastSequence(sql: Queryable, id: string) {
  return sql`(select entry_count from ledger_accounts where ledger_account_id = ${id})`
}
