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
export function firstLimits(product: Pick<ProductRow, 'default_daily_hundredths'>, currency: string): Limits {
  return { daily_limit_cents: limitIn(currency, product.default_daily_hundredths), monthly_limit_cents: null }
}

/** How far an owner may raise limits himself; null: as far as the product goes. */
export interface Ceilings {
  daily_ceiling_cents: bigint | null
  monthly_ceiling_cents: bigint | null
}

/** Who sets limits: an owner, one officer, or two. */
export type LimitSetter = 'OWNER' | 'OFFICER' | 'TWO_OFFICERS'

/**
 * The limits after a wish, of which absent fields stay, and how far an owner may raise them from then on. An owner goes up to the product's
 * highest, and no further than staff lowered them to (LIMIT_TOO_HIGH); no limit at all is beyond both. One officer lowers any limit, which sets
 * the mark for the owner, and raises no further than an owner could (SECOND_PERSON_NEEDED). Two set any, and the mark with it.
 */
export function decideLimits(
  present: Limits & Ceilings,
  wish: Partial<Limits>,
  rule: { product: ProductRow; currency: string; by: LimitSetter },
): Limits & Ceilings {
  const highest = limitIn(rule.currency, rule.product.highest_daily_hundredths)
  const daily = decideLimit('daily_limit_cents', wish.daily_limit_cents, rule.by, {
    limit: present.daily_limit_cents,
    ceiling: present.daily_ceiling_cents,
    highest,
  })
  const monthly = decideLimit('monthly_limit_cents', wish.monthly_limit_cents, rule.by, {
    limit: present.monthly_limit_cents,
    ceiling: present.monthly_ceiling_cents,
    highest: null,
  })
  return {
    daily_limit_cents: daily.limit,
    monthly_limit_cents: monthly.limit,
    daily_ceiling_cents: daily.ceiling,
    monthly_ceiling_cents: monthly.ceiling,
  }
}

function decideLimit(
  name: keyof Limits,
  wished: bigint | null | undefined,
  by: LimitSetter,
  { limit, ceiling, highest }: { limit: bigint | null; ceiling: bigint | null; highest: bigint | null },
): { limit: bigint | null; ceiling: bigint | null } {
  if (wished === undefined || wished === limit) return { limit, ceiling }
  const pointer = `/${name}`
  if (wished !== null && (wished < 0n || wished > MAX_MINOR))
    throw new Problem(problems.LIMIT_WRONG, { errors: [{ pointer, detail: 'is an amount of zero or more' }] })
  const most = lower(highest, ceiling)
  if (by === 'TWO_OFFICERS') return { limit: wished, ceiling: isAbove(highest, wished) ? wished : null }
  const isRaised = isAbove(wished, limit)
  if ((isRaised || by === 'OWNER') && isAbove(wished, most)) {
    const errors = [{ pointer, detail: `is at most ${most}` }]
    throw new Problem(by === 'OWNER' ? problems.LIMIT_TOO_HIGH : problems.SECOND_PERSON_NEEDED, { errors })
  }
  return { limit: wished, ceiling: by === 'OFFICER' && !isRaised ? lower(ceiling, wished) : ceiling }
}

/** True where a limit lets more through than another; null lets everything through. */
function isAbove(a: bigint | null, b: bigint | null): boolean {
  return b !== null && (a === null || a > b)
}

function lower(a: bigint | null, b: bigint | null): bigint | null {
  return isAbove(a, b) ? b : a
}
