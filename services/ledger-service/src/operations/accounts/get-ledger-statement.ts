import { getLedgerStatement as contract } from '#contracts/api/ledger-reports.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { checkRange } from '../../domain/reports.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { movedBetween } from '../../store/reports/account-movement.ts'
import { accountCut } from '../../store/reports/cuts.ts'
import { entriesPage } from '../../store/reports/entry-pages.ts'

/** The statement of an account over business days: what it had before, a page of what was booked, the sums of all of it, what it had then. */
export const getLedgerStatement = implementRead(contract, {
  async read({ params, query: { from, to, known_at, limit, cursor } }, { sql }) {
    checkRange({ from, to })
    const account = await findAccount(sql, params.ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const cut = await accountCut(sql, account, known_at)
    const page = await entriesPage(sql, account, cut, { from, to, cursor, limit, order: 'oldest' })
    const moved = await movedBetween(sql, cut, { from, to, first: page.first, last: page.last })
    return {
      ledger_account_id: account.ledger_account_id,
      currency: account.currency,
      from,
      to,
      ...moved,
      entry_count: page.last - page.first + 1,
      items: page.items,
      next_cursor: page.next_cursor,
      previous_cursor: page.previous_cursor,
      known_at: cut.known?.known_at ?? null,
      seal_no: cut.known?.seal_no ?? null,
    }
  },
})
