import * as api from '#contracts/api/transaction.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { currentTrace, newTrace } from '#libs/telemetry/context.ts'
import { birthOf } from '../../births.ts'
import { implement } from '../../config.ts'
import { newReversal } from '../../domain/beginnings.ts'
import { decideReversal } from '../../domain/reversals.ts'
import { problems } from '../../problems.ts'
import { seenBy } from '../../seen-by.ts'
import { lockTransactions } from '../../store/advances.ts'
import { beginTransactions } from '../../store/beginnings.ts'
import { recordDecision } from '../../store/decisions.ts'
import { isOwnerOfEither } from '../../store/owners.ts'
import { transactionsById } from '../../store/transactions.ts'

/** Undoes a completed transaction by its opposite, once: writes down the reversal, which the saga then has booked, or which fails. */
export const reverseCompletedTransaction = implement(api.reverseCompletedTransaction, {
  ask: async ({ params }, { own, caller }) => {
    const [row] = await transactionsById(own.database.app, [params.transaction_id])
    if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
    return { isOwner: await isOwnerOfEither(row, caller, own) }
  },

  async run({ params, body: { reason_code, reason } }, { tx, clock, caller, mintId, changed }, { isOwner }) {
    const [original] = await lockTransactions(tx, [params.transaction_id])
    const taken = await tx`select 1 from reversals where reversal_of = ${params.transaction_id}`
    const { row, by } = decideReversal(original, { by: caller.sub, isOwner }, { isTaken: taken.count > 0 })
    const [at, business_date] = [clock.wall.now(), clock.bank.businessDate()]
    const birth = birthOf({ id: mintId(), caller, trace: currentTrace() ?? newTrace(), at })
    const { transaction_id } = birth
    await tx`insert into reversals ${tx({ reversal_of: row.transaction_id, transaction_id, reason_code })}`
    const draft = newReversal(birth, row, { value_date: business_date, reason })
    const [reversal] = await beginTransactions(tx, [draft], { business_date })
    changed(await recordDecision(tx, row, { action: 'REVERSED', by, reason, at }))
    return seenBy(caller).transaction(reversal as NonNullable<typeof reversal>)
  },

  /** How far the reversal is now; the words of the transaction are not kept a second time. */
  async present(transaction_id, { sql, caller }) {
    const [row] = await transactionsById(sql, [transaction_id])
    invariant(row !== undefined, 'a reversal that was begun is there')
    return seenBy(caller).transaction(row)
  },
})
