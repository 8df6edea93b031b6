import * as api from '#contracts/api/transaction.ts'
import { implementRead } from '../config.ts'
import { pageOfTransactions } from '../store/pages.ts'

/** Transactions of one account, on either side, newest first. */
export const listAccountTransactions = implementRead(api.listAccountTransactions, {
  read: ({ params, query }, { sql }) => pageOfTransactions(sql, { ...query, account_ids: [params.account_id] }),
})
