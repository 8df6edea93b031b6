import { getSubLedger as contract } from '#contracts/api/ledger-reports.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { END_OF_TIME } from '../../domain/reports.ts'
import { problems } from '../../problems.ts'
import { isSnapshotted } from '../../store/daily-books.ts'
import { knowsWholeDay } from '../../store/known-at.ts'
import type { AccountPart } from '../../store/reports/account-as-of.ts'
import { type Movement, movementsByValue, movementsOnDay } from '../../store/reports/account-movement.ts'
import { journalCut, partsKnown } from '../../store/reports/cuts.ts'
import type { JournalCut } from '../../store/reports/gl-as-of.ts'
import type { LedgerAccountRow, Side } from '../../tables.ts'

type Query = InputOf<typeof contract>['query']
type Reply = ReplyOf<typeof contract>
type Item = Reply['items'][number]
type DayRow = Item & { normal_side: Side; last_sequence: number }

/** The accounts of a line on a day, in the order of their ids; the cursor is the last id of the page. */
export const getSubLedger = implementRead(contract, {
  async read({ query }, { sql }) {
    const { business_date, cursor } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    return business_date === undefined ? asOf(sql, query) : bookedOn(sql, query, business_date)
  },
})

/** What each account that moved did on a business day that is written down, and was wholly known. */
async function bookedOn(sql: Queryable, query: Query, business_date: string): Promise<Reply> {
  const { gl_code, currency, as_of, known_at, cursor, limit = 50 } = query
  const isOver = await isSnapshotted(sql, business_date)
  // Read when the day is over, so that the newest seal knows all of it.
  const cut = await journalCut(sql, known_at)
  if (!isOver || !(await knowsWholeDay(sql, cut.seal_no, business_date)))
    throw new Problem(problems.DAY_NOT_OVER, { detail: `The balances of ${business_date} may still change` })
  const rows = await sql<DayRow[]>`
    select d.ledger_account_id, a.normal_side, d.opening_cents, d.debits_cents, d.credits_cents, d.closing_cents,
      d.entry_count::float8 as entry_count, d.last_sequence::float8 as last_sequence
    from daily_balances d join ledger_accounts a on a.ledger_account_id = d.ledger_account_id
    where d.business_date = ${business_date}::date and a.gl_code = ${gl_code} and a.currency = ${currency}
      ${cursor === undefined ? sql`` : sql`and d.ledger_account_id > ${cursor}`}
    order by d.ledger_account_id limit ${limit + 1}`
  const days = rows.slice(0, limit)
  const items =
    as_of === undefined
      ? days.map(({ normal_side: _side, last_sequence: _last, ...item }) => item)
      : itemsOf(days, await movementsOnDay(sql, days, { business_date, value_date: as_of }))
  const next_cursor = rows.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null
  return { items, next_cursor, as_of: as_of ?? null, known_at: cut.known_at, seal_no: cut.seal_no }
}

/** What each account of the line did on a value date, and had then. */
async function asOf(sql: Queryable, query: Query): Promise<Reply> {
  const { as_of, limit = 50 } = query
  const cut = await journalCut(sql, query.known_at)
  const known = await accountsKnown(sql, cut, { ...query, limit: limit + 1 })
  const accounts = known.slice(0, limit)
  const date = as_of ?? END_OF_TIME
  const items = itemsOf(accounts, await movementsByValue(sql, { ...cut, accounts }, { from: date, to: date }))
  const next_cursor = known.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null
  return { items, next_cursor, as_of: as_of ?? null, known_at: cut.known_at, seal_no: cut.seal_no }
}

/**
 * The next accounts of the line that something was known of. Those that were opened since are passed over until there are enough, so that a page never
 * changes; most of them by the first day that is written down of them.
 */
async function accountsKnown(
  sql: Queryable,
  cut: JournalCut,
  { gl_code, currency, cursor, limit }: Query & { limit: number },
): Promise<AccountPart[]> {
  const known: AccountPart[] = []
  for (let after = cursor, isMore = true; isMore && known.length < limit; ) {
    const rows = await sql<Pick<LedgerAccountRow, 'ledger_account_id' | 'normal_side'>[]>`
      select ledger_account_id, normal_side from ledger_accounts a
      where gl_code = ${gl_code} and currency = ${currency} and entry_count > 0
        ${after === undefined ? sql`` : sql`and ledger_account_id > ${after}`}
        and coalesce((
          select business_date from daily_balances d where d.ledger_account_id = a.ledger_account_id
          order by business_date limit 1), '-infinity') <= ${cut.last_day}::date
      order by ledger_account_id limit ${limit}`
    known.push(...(await partsKnown(sql, rows, cut)))
    after = rows.at(-1)?.ledger_account_id
    isMore = rows.length === limit
  }
  return known.slice(0, limit)
}

function itemsOf(accounts: readonly { readonly ledger_account_id: string }[], moved: readonly Movement[]): Item[] {
  return moved.map((one, i) => ({
    ledger_account_id: accounts[i]?.ledger_account_id as string,
    opening_cents: one.opening_balance_cents,
    debits_cents: one.debits,
    credits_cents: one.credits,
    closing_cents: one.closing_balance_cents,
    entry_count: one.entry_count,
  }))
}
