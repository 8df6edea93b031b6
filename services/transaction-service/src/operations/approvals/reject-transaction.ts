import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { decideSecondPerson } from '../../domain/approvals.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import { advanceAll, lockTransactions } from '../../store/advances.ts'
import { recordDecision } from '../../store/decisions.ts'
import { isOwnerOfEither } from '../../store/owners.ts'
import { transactionsById } from '../../store/transactions.ts'

/** A second person stops a waiting transfer: its hold is given back, then it has failed. */
export const rejectTransaction = implement(api.rejectTransaction, {
  ask: async ({ params }, { own, caller }) => {
    const [row] = await transactionsById(own.database.app, [params.transaction_id])
    if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
    return { isOwner: await isOwnerOfEither(row, caller, own) }
  },

  async run({ params, body }, { tx, clock, caller, changed }, { isOwner }) {
    const locked = await lockTransactions(tx, [params.transaction_id])
    const { row, by } = decideSecondPerson(locked[0], { by: caller.sub, isOwner })
    const { transaction_id } = row
    const [reason, at] = [body.reason, clock.wall.now()]
    changed(await recordDecision(tx, row, { action: 'REJECTED', by, reason, at }))
    const after = await advanceAll(tx, locked, [{ transaction_id, happening: { kind: 'rejected', by, reason } }], at)
    return seenBy(caller).transaction(after.get(transaction_id) ?? row)
  },
})
