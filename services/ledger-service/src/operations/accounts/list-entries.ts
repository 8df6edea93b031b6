import { listEntries as contract } from '#contracts/api/ledger.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { findAccount } from '../../store/accounts.ts'
import { accountCut } from '../../store/reports/cuts.ts'
import { entriesPage } from '../../store/reports/entry-pages.ts'
import { valuePage } from '../../store/reports/value-pages.ts'

/** An account's history, newest first unless asked otherwise, straight from its key. */
export const listEntries = implementRead(contract, {
  toleratesLag: true,
  async read({ params: { ledger_account_id }, query: { known_at, basis, ...query } }, { sql }) {
    const account = await findAccount(sql, ledger_account_id)
    if (account === undefined) throw new Problem(problems.LEDGER_ACCOUNT_NOT_FOUND)
    const cut = await accountCut(sql, account, known_at)
    const pageOf = basis === 'value' ? valuePage : entriesPage
    const { items, next_cursor, previous_cursor } = await pageOf(sql, account, cut, query)
    return { items, next_cursor, previous_cursor, ...(cut.known ?? {}) }
  },
})
