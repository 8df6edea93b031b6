import { isCurrency } from '#libs/money/currencies.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { openOwnAccounts } from './accounts.ts'

/**
 * Makes the bank's own accounts of currencies met for the first time. Called before any account is locked, so that whoever waits for another
 * batch's new accounts holds nothing that batch could want. A currency is known once its accounts were found committed.
 */
export async function openCurrencies(tx: Tx, own: Own, currencies: readonly string[], now: Date): Promise<void> {
  const met = new Set<string>()
  for (const currency of currencies) if (!own.openCurrencies.has(currency)) met.add(currency)
  for (const currency of [...met].filter(isCurrency).sort()) {
    const made = await openOwnAccounts(tx, currency, now)
    if (made === 0) own.openCurrencies.add(currency)
  }
}

/** The refusal of a currency that no account can be kept in. */
export function unknownCurrency(): Problem {
  return new Problem(platformProblems.VALIDATION_FAILED, {
    errors: [{ pointer: '/currency', detail: 'must be a currency of ISO 4217' }],
  })
}
