import * as api from '#contracts/api/transaction.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { implementRead } from '../config.ts'
import { accountsOf, mayView } from '../store/owners.ts'
import { pageOfTransactions } from '../store/pages.ts'

/** Transactions of the signed-in customer's accounts, newest first; staff see all. An account of somebody else is not there. */
export const listTransactions = implementRead(api.listTransactions, {
  async read({ query: { account_id, ...query } }, context) {
    const { sql, caller } = context
    const isStaff = caller.roles.some(
      (role) => role !== 'customer' && api.listTransactions.access.roles?.includes(role),
    )
    if (isStaff)
      return pageOfTransactions(sql, { ...query, account_ids: account_id === undefined ? null : [account_id] })
    if (account_id !== undefined) {
      if (!(await mayView(account_id, caller, 'view', context))) throw new Problem(platformProblems.NOT_FOUND)
      return pageOfTransactions(sql, { ...query, account_ids: [account_id] })
    }
    const account_ids = caller.customer_id === null ? [] : await accountsOf(sql, caller.customer_id)
    return pageOfTransactions(sql, { ...query, account_ids })
  },
})
