import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { TransactionRow } from '../tables.ts'
import type { SecondPerson } from './approvals.ts'

/**
 * What may be undone, and by whom: a completed transaction that began here and is no reversal itself, by somebody who neither asked for it, nor
 * approved it, nor owns one of its accounts. `isTaken`: another reversal of it is under way.
 */
export function decideReversal(
  row: TransactionRow | undefined,
  { by, isOwner }: SecondPerson,
  { isTaken }: { isTaken: boolean },
): { row: TransactionRow; by: string } {
  if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
  if (by === null || by === row.initiated_by || by === row.approved_by) throw new Problem(problems.OWN_TRANSACTION)
  if (isOwner) throw new Problem(problems.OWN_ACCOUNT)
  if (row.stage === 'REVERSED' || (row.stage === 'COMPLETED' && isTaken)) throw new Problem(problems.ALREADY_REVERSED)
  const isOfOthers = row.projected_from !== null || row.transaction_type === 'REVERSAL'
  if (row.stage !== 'COMPLETED' || isOfOthers) throw new Problem(problems.NOT_REVERSIBLE)
  return { row, by }
}
