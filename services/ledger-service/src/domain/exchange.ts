import { exponentOf, isCurrency } from '#libs/money/currencies.ts'
import { Problem } from '#libs/problem/problem.ts'
import { problems } from '../problems.ts'

/** What one currency was sold for another at. */
export interface Exchange {
  readonly sell_currency: string
  readonly buy_currency: string
  /** Units of the bought currency for one unit of the sold one, as a decimal text: `0.9197`. */
  readonly rate: string
}

/** The same with the bank's positions in both currencies, by their accounts. */
export interface PositionedExchange extends Exchange {
  readonly sell_position_id: string
  readonly buy_position_id: string
}

interface Leg {
  readonly debit_account_id: string
  readonly credit_account_id: string
  readonly amount_cents: bigint
  readonly currency: string
}

const RATE = /^(\d{1,12})(?:\.(\d{1,12}))?$/

/**
 * Refuses an exchange whose legs do not fit its rate to the last minor unit: what is sold goes into the position of its currency (credited), what
 * is bought comes out of the other position (debited), and is what was sold at the rate, rounded half to even.
 */
export function requireFittingLegs(exchange: PositionedExchange, legs: readonly Leg[]): void {
  const { sell_currency, buy_currency, sell_position_id, buy_position_id } = exchange
  if (sell_currency === buy_currency) throw wrong('A currency cannot be sold for itself')
  let sold = 0n
  let bought = 0n
  for (const { debit_account_id, credit_account_id, amount_cents } of legs) {
    if (debit_account_id === sell_position_id || credit_account_id === buy_position_id)
      throw wrong('What is sold is credited to its position, what is bought is debited from the other')
    if (credit_account_id === sell_position_id) sold += amount_cents
    if (debit_account_id === buy_position_id) bought += amount_cents
  }
  if (sold === 0n || bought === 0n) throw wrong('Both legs of an exchange go through the positions of their currencies')
  const expected = boughtFor(sold, exchange)
  if (bought !== expected)
    throw wrong(
      `${sold} minor units of ${sell_currency} are ${expected} of ${buy_currency} at ${exchange.rate}, not ${bought}`,
      {
        buy_cents: expected,
      },
    )
}

/** What so many minor units of the sold currency buy, rounded half to even to the last minor unit of the other (ISO 4217 exponents). */
export function boughtFor(sell_cents: bigint, { sell_currency, buy_currency, rate }: Exchange): bigint {
  const [, whole = '', fraction = ''] = RATE.exec(rate) ?? []
  if (whole === '' || !isCurrency(sell_currency) || !isCurrency(buy_currency))
    throw wrong('An exchange has a rate of up to 12 digits either side of the point, and currencies of ISO 4217')
  const dividend = sell_cents * BigInt(whole + fraction) * 10n ** BigInt(exponentOf(buy_currency))
  return dividedHalfEven(dividend, 10n ** BigInt(fraction.length + exponentOf(sell_currency)))
}

function dividedHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  const twice = 2n * (dividend % divisor)
  const isUp = twice > divisor || (twice === divisor && quotient % 2n === 1n)
  return isUp ? quotient + 1n : quotient
}

function wrong(detail: string, extra: Record<string, bigint> = {}): Problem {
  return new Problem(problems.EXCHANGE_WRONG, { detail, extra })
}
