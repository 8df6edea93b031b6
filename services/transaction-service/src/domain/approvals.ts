import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { TransactionRow } from '../tables.ts'

/** The transaction and the person, where this person may decide about it: it waits, and somebody else began it (four eyes). */
export function decideSecondPerson(
  row: TransactionRow | undefined,
  by: string | null,
): { row: TransactionRow; by: string } {
  if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
  if (by === null || by === row.initiated_by) throw new Problem(problems.OWN_TRANSACTION)
  if (row.stage !== 'AWAITING_APPROVAL') throw new Problem(problems.NOT_AWAITING_APPROVAL)
  return { row, by }
}
