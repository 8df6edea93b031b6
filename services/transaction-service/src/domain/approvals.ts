import { exponentOf, isCurrency } from '#libs/money/currencies.ts'
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

/** The rule by which a large transfer waits, whatever the fraud check said: the setting that holds the amount. */
export const APPROVAL_RULE = 'transfers.approval_above'

/** The setting is in hundredths of a currency's unit, whatever its minor unit is. */
const THRESHOLD_EXPONENT = 2

/** True when a transfer is above the amount that needs a second person (hundredths of the unit; 0: none does). Compared without a division. */
export function needsApproval(
  { amount_cents, currency }: Pick<TransactionRow, 'amount_cents' | 'currency'>,
  approval_above: bigint,
): boolean {
  if (approval_above === 0n) return false
  const exponent = isCurrency(currency) ? exponentOf(currency) : THRESHOLD_EXPONENT
  return amount_cents * 10n ** BigInt(THRESHOLD_EXPONENT) > approval_above * 10n ** BigInt(exponent)
}
