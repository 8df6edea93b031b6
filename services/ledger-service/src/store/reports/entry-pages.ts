import type { Queryable } from '#libs/sql/database.ts'
import { entryIdOf } from '../../domain/entry-id.ts'
import { cursorsOf, placeIn, stretchOf } from '../../domain/entry-pages.ts'
import { dayFrom, daysFrom, FIRST_DATE, LAST_DATE } from '../../domain/value-dates.ts'
import type { LedgerAccountRow } from '../../tables.ts'
import { arrayLiteral } from '../array-literal.ts'
import { fromMonthOf } from '../entry-months.ts'
import { type AccountCut, lastWritten } from './account-as-of.ts'

export interface EntryRow {
  readonly sequence: number
  readonly ledger_transaction_id: string
  readonly ordinal: number
  readonly is_debit: boolean
  readonly signed_cents: bigint
  readonly balance_cents: bigint
  readonly value_date: string
  readonly business_date: string
  readonly business_event: string
  readonly reference: string
  readonly description: string
  readonly booked_at: Date
}

/** What is asked of a history: business dates, both included, and a page of them. */
export interface HistoryQuery {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly cursor?: string | undefined
  readonly limit?: number | undefined
  readonly order?: 'newest' | 'oldest' | undefined
}

/** Entries of an account from one sequence to another, both included, and where to look for them. */
interface Stretch {
  readonly from: number
  readonly to: number
  /** The way from `near`, a business date that is at the first of them in that way or before it. */
  readonly isOldestFirst: boolean
  readonly near: string
}

/** A page of an account's history as the contract answers it, with what stands before the first and at the last entry of the days asked for. */
export async function entriesPage(
  sql: Queryable,
  account: Pick<LedgerAccountRow, 'currency'>,
  cut: AccountCut,
  { from, to, cursor, limit = 50, order }: HistoryQuery,
) {
  const place = placeIn(cursor)
  const isOldestFirst = order === 'oldest'
  const [before, last] = await Promise.all([
    from === undefined ? 0 : lastSequenceBefore(sql, cut, from),
    to === undefined ? cut.sequence : lastSequenceBefore(sql, cut, dayFrom(to, 1)),
  ])
  const wanted = { first: before + 1, last, limit, isOldestFirst, place }
  const near = isOldestFirst ? (from ?? FIRST_DATE) : (to ?? LAST_DATE)
  const rows = await readEntries(sql, cut, stretchOf({ ...wanted, near }))
  const items = isOldestFirst ? rows : rows.reverse()
  return {
    items: items.map((row) => entryReply(row, account, cut)),
    ...cursorsOf(items, wanted),
    first: before + 1,
    last,
  }
}

/** A row as the contract answers it. */
export function entryReply(
  { booked_at, ordinal, is_debit, ...row }: EntryRow,
  { currency }: Pick<LedgerAccountRow, 'currency'>,
  { ledger_account_id }: AccountCut,
) {
  return {
    ...row,
    entry_id: entryIdOf(row.ledger_transaction_id, ordinal),
    side: is_debit ? ('DEBIT' as const) : ('CREDIT' as const),
    ledger_account_id,
    amount_cents: row.signed_cents < 0n ? -row.signed_cents : row.signed_cents,
    currency,
    booked_at: booked_at.toISOString(),
  }
}

/**
 * Reads a stretch of a history, oldest first. Sequences have no hole, so the days that were written down tell on which of them the entries stand,
 * and only the months of those are looked into, however long the history is.
 */
async function readEntries(sql: Queryable, cut: AccountCut, stretch: Stretch): Promise<EntryRow[]> {
  const { ledger_account_id: id } = cut
  const { from, to } = stretch
  const days = from > to ? [] : await daysOfStretch(sql, cut, stretch)
  if (days.length === 0) return []
  const rows = await sql<EntryRow[]>`
    select page.*, j.business_event, j.reference, j.description, j.booked_at
    from (
      select sequence::float8 as sequence, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date, business_date
      from entries
      where ledger_account_id = ${id} and sequence >= ${from}::bigint and sequence <= ${to}::bigint
        and business_date = any(${arrayLiteral(days)}::date[])
      -- So many there are: whoever expects more of a busy account reads all of the day instead.
      order by entries.sequence limit ${to - from + 1}) page
    cross join lateral (
      select business_event, reference, description, booked_at from journal_transactions j
      where j.ledger_transaction_id = page.ledger_transaction_id offset 0) j
    order by page.sequence`
  return Array.from(rows)
}

/** The business days that the entries of a stretch stand on: of those that are written down the ones that hold them, of the others all. */
async function daysOfStretch(
  sql: Queryable,
  { ledger_account_id: id, open_from, last_day }: AccountCut,
  { from, to, isOldestFirst, near }: Stretch,
): Promise<string[]> {
  const direction = isOldestFirst ? sql`asc` : sql`desc`
  const past = isOldestFirst ? sql`>=` : sql`<=`
  const written = await sql<{ business_date: string; first: number; last: number }[]>`
    select business_date, (last_sequence - entry_count + 1)::float8 as first, last_sequence::float8 as last from daily_balances
    where ledger_account_id = ${id} and business_date ${past} ${near}::date and business_date < ${open_from}::date
    order by business_date ${direction} limit ${to - from + 2}`
  const days = written.filter(({ first, last }) => last >= from && first <= to).map((row) => row.business_date)
  const found = written.reduce(
    (sum, { first, last }) => sum + Math.max(Math.min(last, to) - Math.max(first, from) + 1, 0),
    0,
  )
  return found === to - from + 1 ? days : [...days, ...daysFrom(open_from, last_day)]
}

/** The sequence of the last entry of the cut that was booked before a day; 0 when there is none. */
async function lastSequenceBefore(sql: Queryable, cut: AccountCut, business_date: string): Promise<number> {
  const { ledger_account_id: id, sequence, open_from } = cut
  const [row] = await sql<{ sequence: number }[]>`
    with written as (${lastWritten(sql, cut)})
    select coalesce(
      (select sequence from entries
        where ${open_from}::date < ${business_date}::date and ledger_account_id = ${id}
          and sequence > (select last_sequence from written) and sequence <= ${sequence}::bigint
          and ${fromMonthOf(sql, open_from)} and business_date < ${business_date}::date
        order by sequence desc limit 1),
      (select last_sequence from daily_balances
        where ledger_account_id = ${id} and business_date < ${open_from}::date and business_date < ${business_date}::date
        order by business_date desc limit 1), 0)::float8 as sequence`
  return row?.sequence ?? 0
}
