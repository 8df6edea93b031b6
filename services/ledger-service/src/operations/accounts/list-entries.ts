import { listEntries as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { entryIdOf } from '../../domain/entry-id.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'

interface EntryRow {
  sequence: number
  ledger_transaction_id: string
  ordinal: number
  is_debit: boolean
  signed_cents: bigint
  balance_cents: bigint
  value_date: string
  business_date: string
  business_event: string
  reference: string
  description: string
  booked_at: Date
}

interface Wanted {
  ledger_account_id: string
  from?: string | undefined
  to?: string | undefined
  cursor?: string | undefined
  isOldestFirst: boolean
  limit: number
}

/** An account's history, newest first unless asked otherwise, straight from its key; the cursor is the last sequence of the page. */
export const listEntries = implementRead(contract, {
  async read({ params: { ledger_account_id }, query: { cursor, limit = 50, from, to, order } }, { sql }) {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw new Problem(problems.CURSOR_WRONG)
    const account = await findAccount(sql, ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const wanted = { ledger_account_id, from, to, cursor, isOldestFirst: order === 'oldest', limit: limit + 1 }
    const rows = await readPage(sql, wanted)
    const items = rows.slice(0, limit).map(({ booked_at, ordinal, is_debit, ...row }) => ({
      ...row,
      entry_id: entryIdOf(row.ledger_transaction_id, ordinal),
      side: is_debit ? ('DEBIT' as const) : ('CREDIT' as const),
      ledger_account_id: account.ledger_account_id,
      amount_cents: row.signed_cents < 0n ? -row.signed_cents : row.signed_cents,
      currency: account.currency,
      booked_at: booked_at.toISOString(),
    }))
    return { items, next_cursor: rows.length > limit ? String(items.at(-1)?.sequence) : null }
  },
})

function readPage(sql: Queryable, { ledger_account_id, from, to, cursor, isOldestFirst, limit }: Wanted) {
  const direction = isOldestFirst ? sql`asc` : sql`desc`
  const past = cursor === undefined ? sql`` : sql`and sequence ${isOldestFirst ? sql`>` : sql`<`} ${cursor}::bigint`
  return sql<EntryRow[]>`
    select page.*, j.business_event, j.reference, j.description, j.booked_at
    from (
      select sequence::float8 as sequence, ledger_transaction_id, ordinal, is_debit, signed_cents, balance_cents, value_date, business_date
      from entries
      where ledger_account_id = ${ledger_account_id} ${past} ${since(sql, ledger_account_id, from)} ${until(sql, ledger_account_id, to)}
      order by entries.sequence ${direction} limit ${limit}) page
    cross join lateral (
      select business_event, reference, description, booked_at from journal_transactions j
      where j.ledger_transaction_id = page.ledger_transaction_id offset 0) j
    order by page.sequence ${direction}`
}

/** Days follow each other along the sequence, so that a day's balance tells where in it the day begins; its date also spares older months. */
function since(sql: Queryable, id: string, from: string | undefined) {
  if (from === undefined) return sql``
  return sql`
    and business_date >= ${from}::date
    and sequence > coalesce((
      select last_sequence from daily_balances
      where ledger_account_id = ${id} and business_date < ${from}::date order by business_date desc limit 1), 0)`
}

/** What follows the day and has no balance yet is at most what was booked since the last day was closed. */
function until(sql: Queryable, id: string, to: string | undefined) {
  if (to === undefined) return sql``
  return sql`
    and business_date <= ${to}::date
    and sequence <= coalesce((
      select last_sequence - entry_count from daily_balances
      where ledger_account_id = ${id} and business_date > ${to}::date order by business_date limit 1), 9007199254740991)`
}
