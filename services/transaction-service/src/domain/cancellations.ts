import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { TransactionRow } from '../tables.ts'
import { ACTS_IN, CANCELLED } from './states.ts'

/**
 * A transfer may be taken back until it is decided to book it. `isNew` is false where that was done already: taking back twice is the same as
 * once. NOT_CANCELLABLE when the verdict, the approval or the end was first.
 */
export function decideCancellation(row: TransactionRow | undefined): { row: TransactionRow; isNew: boolean } {
  if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
  if (ACTS_IN.cancelled.includes(row.stage)) return { row, isNew: true }
  const isDone = row.stage === 'CANCELLED' || (row.stage === 'RELEASING' && row.failure_code === CANCELLED)
  if (!isDone) throw new Problem(problems.NOT_CANCELLABLE)
  return { row, isNew: false }
}
