import * as api from '#contracts/api/transaction.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { seenBy } from '../../seen-by.ts'
import { accountsOf, mayView } from '../../store/owners.ts'
import { pageOfTransactions } from '../../store/pages.ts'

/** Transactions of the signed-in customer's accounts, newest first; staff see all. An account of somebody else is not there. */
export const listTransactions = implementRead(api.listTransactions, {
  async read({ query: { account_id, ...query } }, context) {
    const { sql, caller } = context
    const view = seenBy(caller)
    const asked = account_id === undefined ? null : [account_id]
    if (view.isWhole) return pageOfTransactions(sql, { ...query, account_ids: asked, own_account_ids: null }, view)
    if (account_id !== undefined && !(await mayView(account_id, caller, 'view', context)))
      throw new Problem(platformProblems.NOT_FOUND)
    const own_account_ids = await accountsOf(sql, caller.customer_id)
    return pageOfTransactions(sql, { ...query, account_ids: asked ?? own_account_ids, own_account_ids }, view)
  },
})
