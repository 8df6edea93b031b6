import * as api from '#contracts/api/transaction.ts'
import { implementRead } from '../../config.ts'
import { seenBy } from '../../seen-by.ts'
import { accountsSeenBy } from '../../store/owners.ts'
import { pageOfTransactions } from '../../store/pages.ts'

/** Transactions of one account, on either side, newest first; what others send a customer is there once it has come. */
export const listAccountTransactions = implementRead(api.listAccountTransactions, {
  toleratesLag: true,
  async read({ params, query }, { sql, caller }) {
    const view = seenBy(caller)
    const own = await accountsSeenBy(sql, caller)
    const own_account_ids = view.isWhole ? null : [...own, params.account_id]
    const scope = { kind: 'accounts' as const, account_ids: [params.account_id] }
    return pageOfTransactions(sql, { ...query, scope, own_account_ids }, view)
  },
})
