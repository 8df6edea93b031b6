import { type Currency, isCurrency } from './currencies.ts'

export type { Currency } from './currencies.ts'

/** An amount in minor units (cents for EUR, yen for JPY, fils for KWD). Make one with `money()`, which checks the range. */
export type Money = { readonly minor: bigint; readonly currency: Currency }

/** One share of an allocation: a name and its non-negative weight. */
export type Ratio<Name extends string> = { readonly name: Name; readonly weight: bigint }

/** 2^53 - 1: the largest amount that is still exact as a JSON number, in minor units, on either side of zero. */
export const MAX_MINOR = 9_007_199_254_740_991n

/** Amounts of two currencies met in one operation: always our bug, so it is an error and not a refusal. */
export class MixedCurrencies extends Error {
  override readonly name = 'MixedCurrencies'
  constructor(left: Currency, right: Currency) {
    super(`amounts in ${left} and ${right} cannot be combined`)
  }
}

/** An amount of `minor` units; RangeError beyond ±MAX_MINOR or for a currency outside ISO 4217. */
export function money(minor: bigint, currency: Currency): Money {
  if (minor > MAX_MINOR || minor < -MAX_MINOR) throw new RangeError(`${minor} minor units is beyond ±${MAX_MINOR}`)
  if (!isCurrency(currency)) throw new RangeError(`${JSON.stringify(currency)} is not a currency of ISO 4217`)
  return { minor, currency }
}

/** left + right; MixedCurrencies, or RangeError beyond ±MAX_MINOR. */
export function add(left: Money, right: Money): Money {
  return money(left.minor + right.minor, sameCurrency(left, right))
}

/** left - right; MixedCurrencies, or RangeError beyond ±MAX_MINOR. */
export function subtract(left: Money, right: Money): Money {
  return money(left.minor - right.minor, sameCurrency(left, right))
}

/** The same amount with the other sign. */
export function negate(amount: Money): Money {
  return money(-amount.minor, amount.currency)
}

/** -1, 0 or 1 as left is less than, equal to or more than right; MixedCurrencies. */
export function compare(left: Money, right: Money): -1 | 0 | 1 {
  sameCurrency(left, right)
  if (left.minor === right.minor) return 0
  return left.minor < right.minor ? -1 : 1
}

/** True for exactly nothing, in any currency. */
export function isZero(amount: Money): boolean {
  return amount.minor === 0n
}

/**
 * Splits an amount by weights so that the shares sum to exactly the amount: each share is rounded toward zero and what
 * is left goes to the share named `remainderTo`. RangeError for no shares, twin names, a negative weight, weights that
 * sum to zero, or a `remainderTo` that is not among the names.
 */
export function allocate<const Name extends string>(
  amount: Money,
  ratios: readonly Ratio<Name>[],
  remainderTo: NoInfer<Name>,
): Readonly<Record<Name, Money>> {
  const minors = new Map<Name, bigint>()
  let total = 0n
  for (const { name, weight } of ratios) {
    if (weight < 0n) throw new RangeError(`the weight of ${name} is negative`)
    if (minors.has(name)) throw new RangeError(`the share ${name} is named twice`)
    minors.set(name, weight)
    total += weight
  }
  if (total === 0n) throw new RangeError('the weights sum to zero')
  if (!minors.has(remainderTo)) throw new RangeError(`the remainder goes to ${remainderTo}, which is not a share`)

  let left = amount.minor
  for (const [name, weight] of minors) {
    const share = (amount.minor * weight) / total
    minors.set(name, share)
    left -= share
  }
  minors.set(remainderTo, (minors.get(remainderTo) ?? 0n) + left)
  const shares = Array.from(minors, ([name, minor]) => [name, money(minor, amount.currency)] as const)
  return Object.fromEntries(shares) as Record<Name, Money>
}

function sameCurrency(left: Money, right: Money): Currency {
  if (left.currency !== right.currency) throw new MixedCurrencies(left.currency, right.currency)
  return left.currency
}
