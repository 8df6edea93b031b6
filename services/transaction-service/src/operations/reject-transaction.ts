import * as api from '#contracts/api/transaction.ts'
import { implement } from '../config.ts'
import { decideSecondPerson } from '../domain/approvals.ts'
import { advanceAll, lockTransactions } from '../store/advances.ts'
import { replyOf } from '../store/transactions.ts'

/** A second person stops a waiting transfer: its hold is given back, then it has failed. */
export const rejectTransaction = implement(api.rejectTransaction, {
  async run({ params, body }, { tx, clock, caller }) {
    const locked = await lockTransactions(tx, [params.transaction_id])
    const { row, by } = decideSecondPerson(locked[0], caller.sub)
    const { transaction_id } = row
    const happening = { kind: 'rejected' as const, by, reason: body.reason }
    const changed = await advanceAll(tx, locked, [{ transaction_id, happening }], clock.wall.now())
    return replyOf(changed.get(transaction_id) ?? row)
  },
})
