import { getSubLedger as contract } from '#contracts/api/ledger-reports.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { END_OF_TIME } from '../../domain/reports.ts'
import { problems } from '../../problems.ts'
import { isSnapshotted } from '../../store/daily-books.ts'
import { type Movement, movedByValue, movedOnDay } from '../../store/reports/account-movement.ts'
import { accountCuts, journalCut } from '../../store/reports/cuts.ts'
import type { LedgerAccountRow, Side } from '../../tables.ts'

type Query = InputOf<typeof contract>['query']
type Reply = ReplyOf<typeof contract>
type Item = Reply['items'][number]
type DayRow = Item & { normal_side: Side; last_sequence: number }

/** The accounts of a line on a day, in the order of their ids; the cursor is the last id that the page looked at. */
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
  const cut = await journalCut(sql, known_at)
  const isKnown = known_at === undefined || business_date < cut.open_from
  if (!isKnown || !(await isSnapshotted(sql, business_date)))
    throw new Problem(problems.DAY_NOT_OVER, { detail: `The balances of ${business_date} may still change` })
  const rows = await sql<DayRow[]>`
    select d.ledger_account_id, a.normal_side, d.opening_cents, d.debits_cents, d.credits_cents, d.closing_cents,
      d.entry_count::float8 as entry_count, d.last_sequence::float8 as last_sequence
    from daily_balances d join ledger_accounts a on a.ledger_account_id = d.ledger_account_id
    where d.business_date = ${business_date}::date and a.gl_code = ${gl_code} and a.currency = ${currency}
      ${cursor === undefined ? sql`` : sql`and d.ledger_account_id > ${cursor}`}
    order by d.ledger_account_id limit ${limit + 1}`
  const items: Item[] = []
  for (const { normal_side, last_sequence, ...item } of rows.slice(0, limit)) {
    const { ledger_account_id, entry_count } = item
    const day = { ledger_account_id, normal_side, business_date, last_sequence, entry_count }
    items.push(as_of === undefined ? item : itemOf(ledger_account_id, await movedOnDay(sql, day, as_of)))
  }
  const next_cursor = rows.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null
  return { items, next_cursor, as_of: as_of ?? null, known_at: cut.known_at, seal_no: cut.seal_no }
}

/** What each account of the line did on a value date, and had then. */
async function asOf(sql: Queryable, query: Query): Promise<Reply> {
  const { gl_code, currency, as_of, known_at, cursor, limit = 50 } = query
  const rows = await sql<Pick<LedgerAccountRow, 'ledger_account_id' | 'normal_side'>[]>`
    select ledger_account_id, normal_side from ledger_accounts
    where gl_code = ${gl_code} and currency = ${currency} ${cursor === undefined ? sql`` : sql`and ledger_account_id > ${cursor}`}
    order by ledger_account_id limit ${limit + 1}`
  const accounts = rows.slice(0, limit)
  const { cuts, known_at: settled_at, seal_no } = await accountCuts(sql, accounts, known_at)
  const items: Item[] = []
  const date = as_of ?? END_OF_TIME
  // One that was opened since, and has nothing yet that was known, is left out: an answer never changes.
  for (const cut of cuts.filter(({ sequence }) => sequence > 0)) {
    items.push(itemOf(cut.ledger_account_id, await movedByValue(sql, cut, { from: date, to: date })))
  }
  const next_cursor = rows.length > limit ? (accounts.at(-1)?.ledger_account_id ?? null) : null
  return { items, next_cursor, as_of: as_of ?? null, known_at: settled_at, seal_no }
}

function itemOf(ledger_account_id: string, moved: Movement): Item {
  return {
    ledger_account_id,
    opening_cents: moved.opening_balance_cents,
    debits_cents: moved.debits,
    credits_cents: moved.credits,
    closing_cents: moved.closing_balance_cents,
    entry_count: moved.entry_count,
  }
}
