import * as api from '#contracts/api/transaction.ts'
import { implement } from '../../config.ts'
import { decideCancellation } from '../../domain/cancellations.ts'
import { seenBy } from '../../seen-by.ts'
import { advanceAll, lockTransactions } from '../../store/advances.ts'
import { recordDecision } from '../../store/decisions.ts'

/** Takes a transfer back that is not being booked yet: its hold is given back, then it is cancelled. Taking it back twice is the same as once. */
export const cancelTransaction = implement(api.cancelTransaction, {
  async run({ params }, { tx, clock, caller, changed }) {
    const locked = await lockTransactions(tx, [params.transaction_id])
    const { row, isNew } = decideCancellation(locked[0])
    if (!isNew) return seenBy(caller).transaction(row)
    const { transaction_id } = row
    const [by, at] = [caller.sub ?? '', clock.wall.now()]
    changed(await recordDecision(tx, row, { action: 'CANCELLED', by, reason: null, at }))
    const after = await advanceAll(tx, locked, [{ transaction_id, happening: { kind: 'cancelled', by } }], at)
    return seenBy(caller).transaction(after.get(transaction_id) ?? row)
  },
})
