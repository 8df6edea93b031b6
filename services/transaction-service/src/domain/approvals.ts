import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { TransactionRow } from '../tables.ts'

/** Who decides: the user, and whether one of the transaction's accounts is their own as a customer. */
export interface SecondPerson {
  readonly by: string | null
  readonly isOwner: boolean
}

/** The transaction and the person, where this person may decide about it: it waits, and is nothing of their own (four eyes). */
export function decideSecondPerson(
  row: TransactionRow | undefined,
  { by, isOwner }: SecondPerson,
): { row: TransactionRow; by: string } {
  if (row === undefined) throw new Problem(problems.TRANSACTION_NOT_FOUND)
  if (by === null || by === row.initiated_by || isOwner) throw new Problem(problems.OWN_TRANSACTION)
  if (row.stage !== 'AWAITING_APPROVAL') throw new Problem(problems.NOT_AWAITING_APPROVAL)
  return { row, by }
}
