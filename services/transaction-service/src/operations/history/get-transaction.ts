import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import { findTransaction } from '../../store/transactions.ts'

/** One transaction in its present state. */
export const getTransaction = implementRead(api.getTransaction, {
  async read({ params }, context) {
    const row = await findTransaction(context, params.transaction_id)
    if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
    return seenBy(context.caller).transaction(row)
  },
})
