import { getSubLedger as contract } from '#contracts/api/ledger-reports.ts'
import type { InputOf, ReplyOf } from '#libs/contract/operation.ts'
import { isId } from '#libs/ids/ids.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { END_OF_TIME } from '../../domain/reports.ts'
import { problems } from '../../problems.ts'
import { isSnapshotted } from '../../store/daily-books.ts'
import { movedByValue } from '../../store/reports/account-movement.ts'
import { accountCuts, journalCut } from '../../store/reports/cuts.ts'
import type { LedgerAccountRow } from '../../tables.ts'

type Query = InputOf<typeof contract>['query']
type Reply = ReplyOf<typeof contract>

/** The accounts of a line on a day, in the order of their ids; the cursor is the last id that the page looked at. */
export const getSubLedger = implementRead(contract, {
  async read({ query }, { sql }) {
    const { business_date, as_of, cursor } = query
    if (cursor !== undefined && !isId(cursor)) throw new Problem(problems.CURSOR_WRONG)
    if (business_date === undefined) return asOf(sql, query)
    if (as_of !== undefined)
      throw new Problem(platformProblems.VALIDATION_FAILED, {
        errors: [{ pointer: '/as_of', detail: 'must not stand beside a business date' }],
      })
    return bookedOn(sql, query, business_date)
  },
})

/** What each account that moved did on a business day that is written down, and was wholly known. */
async function bookedOn(sql: Queryable, query: Query, business_date: string): Promise<Reply> {
  const { gl_code, currency, known_at, cursor, limit = 50 } = query
  const cut = await journalCut(sql, known_at)
  const isKnown = known_at === undefined || business_date < cut.open_from
  if (!isKnown || !(await isSnapshotted(sql, business_date)))
    throw new Problem(problems.DAY_NOT_OVER, { detail: `The balances of ${business_date} may still change` })
  const rows = await sql<Reply['items']>`
    select d.ledger_account_id, d.opening_cents, d.debits_cents, d.credits_cents, d.closing_cents, d.entry_count::float8 as entry_count
    from daily_balances d join ledger_accounts a on a.ledger_account_id = d.ledger_account_id
    where d.business_date = ${business_date}::date and a.gl_code = ${gl_code} and a.currency = ${currency}
      ${cursor === undefined ? sql`` : sql`and d.ledger_account_id > ${cursor}`}
    order by d.ledger_account_id limit ${limit + 1}`
  const items = rows.slice(0, limit)
  const { known_at: settled_at, seal_no } = cut
  const next_cursor = rows.length > limit ? (items.at(-1)?.ledger_account_id ?? null) : null
  return { items, next_cursor, as_of: null, known_at: settled_at, seal_no }
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
  const items: Reply['items'][number][] = []
  const date = as_of ?? END_OF_TIME
  // One that was opened since, and has nothing yet that was known, is left out: an answer never changes.
  for (const cut of cuts.filter(({ sequence }) => sequence > 0)) {
    const moved = await movedByValue(sql, cut, { from: date, to: date })
    items.push({
      ledger_account_id: cut.ledger_account_id,
      opening_cents: moved.opening_balance_cents,
      debits_cents: moved.debits,
      credits_cents: moved.credits,
      closing_cents: moved.closing_balance_cents,
      entry_count: moved.entry_count,
    })
  }
  const next_cursor = rows.length > limit ? (accounts.at(-1)?.ledger_account_id ?? null) : null
  return { items, next_cursor, as_of: as_of ?? null, known_at: settled_at, seal_no }
}
