import { isCurrency } from '#libs/money/currencies.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import type { Own } from '../config.ts'
import { openOwnAccounts } from './accounts.ts'

/**
 * Makes the bank's own accounts of currencies met for the first time, in commits of their own: they stand whatever becomes of the posting.
 * One answer per currency asked: a Problem for one outside ISO 4217.
 */
export async function openCurrencies(
  own: Own,
  currencies: readonly string[],
  now: Date,
): Promise<(undefined | Problem)[]> {
  for (const currency of new Set(currencies)) {
    if (own.openCurrencies.has(currency) || !isCurrency(currency)) continue
    await openOwnAccounts(own.database.app, currency, now)
    own.openCurrencies.add(currency)
  }
  return currencies.map((currency) => (own.openCurrencies.has(currency) ? undefined : unknownCurrency()))
}

/** The refusal of a currency that no account can be kept in. */
export function unknownCurrency(): Problem {
  return new Problem(platformProblems.VALIDATION_FAILED, {
    errors: [{ pointer: '/currency', detail: 'must be a currency of ISO 4217' }],
  })
}
