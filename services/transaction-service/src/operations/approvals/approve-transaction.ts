import * as api from '#contracts/api/transaction.ts'
import { Problem } from '#libs/problem/problem.ts'
import { isHoldActive } from '../../account-directory.ts'
import { implement } from '../../config.ts'
import { decideSecondPerson } from '../../domain/approvals.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import { advanceAll, lockTransactions } from '../../store/advances.ts'
import { recordDecision } from '../../store/decisions.ts'
import { isOwnerOfEither } from '../../store/owners.ts'
import { transactionsById } from '../../store/transactions.ts'

/** A second person lets a waiting transfer go on: it is booked next. One whose hold has run out can no longer be. */
export const approveTransaction = implement(api.approveTransaction, {
  ask: async ({ params }, { own, caller, call }) => {
    const [row] = await transactionsById(own.database.app, [params.transaction_id])
    if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
    const isWaiting = row.stage === 'AWAITING_APPROVAL'
    const [isOwner, isHeld] = await Promise.all([
      isOwnerOfEither(row, caller, own),
      isWaiting ? isHoldActive({ call }, row.hold_id) : true,
    ])
    return { isOwner, isHeld }
  },

  async run({ params, body }, { tx, clock, caller, changed }, { isOwner, isHeld }) {
    const locked = await lockTransactions(tx, [params.transaction_id])
    const { row, by } = decideSecondPerson(locked[0], { by: caller.sub, isOwner })
    if (!isHeld) throw new Problem(problems.APPROVAL_EXPIRED)
    const { transaction_id } = row
    const [reason, at] = [body.reason, clock.wall.now()]
    changed(await recordDecision(tx, row, { action: 'APPROVED', by, reason, at }))
    const after = await advanceAll(tx, locked, [{ transaction_id, happening: { kind: 'approved', by, reason } }], at)
    return seenBy(caller).transaction(after.get(transaction_id) ?? row)
  },
})
