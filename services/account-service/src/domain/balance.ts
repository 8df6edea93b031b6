import { MAX_MINOR } from '#libs/money/money.ts'

/** The amounts of a ledger account that a balance is told from, in minor units; null where there is no floor. */
export interface LedgerAmounts {
  ledger_balance_cents: bigint
  held_cents: bigint
  overdraft_limit_cents: bigint | null
}

/** What may be spent: the ledger balance less holds plus the overdraft limit, never told beyond the largest amount of the bank. */
export function availableOf(amounts: LedgerAmounts): bigint {
  const available = amounts.ledger_balance_cents - amounts.held_cents + overdraftOf(amounts)
  if (available > MAX_MINOR) return MAX_MINOR
  return available
}

/** An account without a floor has the largest limit there is. */
export function overdraftOf(amounts: Pick<LedgerAmounts, 'overdraft_limit_cents'>): bigint {
  return amounts.overdraft_limit_cents ?? MAX_MINOR
}
