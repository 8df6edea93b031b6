import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { AccountRow } from '../tables.ts'

/** Whether an account may be paid out to another one and closed; the refusal is thrown. What it holds is looked at when it is paid out. */
export function decidePayout(account: AccountRow, payout: AccountRow | undefined): void {
  if (account.status === 'CLOSED') throw new Problem(problems.ACCOUNT_CLOSED)
  if (account.status === 'PENDING') throw new Problem(problems.ACCOUNT_PENDING)
  // A freeze stands for an investigation, or for a lost card: it is lifted before money leaves, whoever asks.
  if (account.status === 'FROZEN') throw new Problem(problems.ACCOUNT_FROZEN)
  if (payout?.account_id === account.account_id) throw new Problem(problems.SAME_ACCOUNT)
  if (payout === undefined || payout.status === 'CLOSED' || payout.status === 'PENDING')
    throw new Problem(problems.PAYOUT_ACCOUNT_NOT_FOUND)
  if (payout.currency !== account.currency) throw new Problem(problems.CURRENCY_MISMATCH)
}

/** Why an account cannot be paid out now, as a code; undefined when it can. Amounts in minor units. */
export function payoutObstacle(known: { ledger_balance_cents: bigint; held_cents: bigint }): string | undefined {
  if (known.held_cents > 0n) return 'HOLDS_STANDING'
  return known.ledger_balance_cents < 0n ? 'BALANCE_NEGATIVE' : undefined
}

/** The name of an attempt's step: `payout_a` to `payout_z`, since the ledger's steps have no digits. */
export function payoutStep(attempt: number): string {
  return `payout_${String.fromCharCode('a'.charCodeAt(0) + attempt - 1)}`
}

/** More attempts than these are no coincidence: money keeps arriving, and somebody should look. */
export const MOST_ATTEMPTS = 26
