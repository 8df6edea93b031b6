import { exponentOf, isCurrency } from '#libs/money/currencies.ts'
import { MAX_MINOR } from '#libs/money/money.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'
import type { ProductRow } from '../tables.ts'

/** Limits of products are hundredths of a currency's unit, whatever its minor unit is. */
const LIMIT_EXPONENT = 2

/** A product's limit in minor units of a currency, rounded down where its unit is coarser; null: no limit. */
export function limitIn(currency: string, limit: number | null): bigint | null {
  if (limit === null) return null
  const exponent = isCurrency(currency) ? exponentOf(currency) : LIMIT_EXPONENT
  const scaled = BigInt(limit) * 10n ** BigInt(exponent)
  return scaled / 10n ** BigInt(LIMIT_EXPONENT)
}

/** What may leave an account in a day and in a month, in minor units; null: as much as there is. */
export interface Limits {
  daily_limit_cents: bigint | null
  monthly_limit_cents: bigint | null
}

/** The limits that a new account of a product starts with. */
export function firstLimits(product: ProductRow, currency: string): Limits {
  return { daily_limit_cents: limitIn(currency, product.default_daily_hundredths), monthly_limit_cents: null }
}

/**
 * The limits after a wish, of which absent fields stay. An owner goes up to the product's highest, and no limit at all is beyond it; who may
 * set any (compliance) is bounded by what an amount can be only.
 */
export function decideLimits(
  present: Limits,
  wish: Partial<Limits>,
  rule: { product: ProductRow; currency: string; maySetAny: boolean },
): Limits {
  const daily_limit_cents = wish.daily_limit_cents === undefined ? present.daily_limit_cents : wish.daily_limit_cents
  const monthly_limit_cents =
    wish.monthly_limit_cents === undefined ? present.monthly_limit_cents : wish.monthly_limit_cents
  for (const [name, limit] of Object.entries({ daily_limit_cents, monthly_limit_cents }))
    if (limit !== null && (limit < 0n || limit > MAX_MINOR))
      throw new Problem(problems.LIMIT_WRONG, {
        errors: [{ pointer: `/${name}`, detail: 'is an amount of zero or more' }],
      })
  const highest = limitIn(rule.currency, rule.product.highest_daily_hundredths)
  const isRaised = wish.daily_limit_cents !== undefined && daily_limit_cents !== present.daily_limit_cents
  const isBeyond = highest !== null && (daily_limit_cents === null || daily_limit_cents > highest)
  if (isRaised && isBeyond && !rule.maySetAny)
    throw new Problem(problems.LIMIT_TOO_HIGH, {
      errors: [{ pointer: '/daily_limit_cents', detail: `is at most ${highest}` }],
    })
  return { daily_limit_cents, monthly_limit_cents }
}
