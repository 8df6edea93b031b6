import { getLedgerStatement as contract } from '#contracts/api/ledger-reports.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementRead } from '../../config.ts'
import { checkRange } from '../../domain/reports.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import type { AccountCut } from '../../store/reports/account-as-of.ts'
import { movedBetween, movedByValue } from '../../store/reports/account-movement.ts'
import { accountCut } from '../../store/reports/cuts.ts'
import { entriesPage, type HistoryQuery } from '../../store/reports/entry-pages.ts'
import { valuePage } from '../../store/reports/value-pages.ts'
import type { LedgerAccountRow } from '../../tables.ts'

/** The statement of an account over days: what it had before, a page of what was booked, the sums of all of it, what it had then. */
export const getLedgerStatement = implementRead(contract, {
  async read({ params, query: { from, to, basis = 'booking', known_at, limit, cursor } }, { sql }) {
    checkRange({ from, to })
    const account = await findAccount(sql, params.ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const cut = await accountCut(sql, account, known_at)
    const { page, moved } = await statementOf(sql, account, cut, { basis, from, to, cursor, limit })
    return {
      ledger_account_id: account.ledger_account_id,
      currency: account.currency,
      from,
      to,
      basis,
      ...moved,
      debits: String(moved.debits),
      credits: String(moved.credits),
      items: page.items,
      next_cursor: page.next_cursor,
      previous_cursor: page.previous_cursor,
      known_at: cut.known?.known_at ?? null,
      seal_no: cut.known?.seal_no ?? null,
    }
  },
})

async function statementOf(
  sql: Queryable,
  account: LedgerAccountRow,
  cut: AccountCut,
  { basis, ...asked }: HistoryQuery & { basis: 'booking' | 'value'; from: string; to: string },
) {
  const { from, to } = asked
  const query = { ...asked, order: 'oldest' as const }
  if (basis === 'value') {
    const [page, moved] = await Promise.all([valuePage(sql, account, cut, query), movedByValue(sql, cut, { from, to })])
    return { page, moved }
  }
  const page = await entriesPage(sql, account, cut, query)
  const { first, last } = page
  return { page, moved: await movedBetween(sql, cut, { from, to, first, last }) }
}
