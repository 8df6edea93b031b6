import fc from 'fast-check'
import { dayFrom } from '../src/domain/value-dates.ts'
import type { Side } from '../src/tables.ts'

/** An account of a random history. */
export interface HistoryAccount {
  readonly gl_code: string
  readonly currency: string
  readonly normal_side: Side
}

/** One movement between two accounts of one currency: what it moves, the day it is booked on, and its value date. */
export interface HistoryMovement {
  readonly debit: number
  readonly credit: number
  readonly cents: bigint
  readonly business_date: string
  readonly value_date: string
  /** True where a seal ends with it. A day always ends with one. */
  readonly endsSeal: boolean
}

/** The accounts of a random history: two currencies, both normal sides, two accounts of one line. */
export const HISTORY_ACCOUNTS: readonly HistoryAccount[] = [
  { gl_code: 'DEPOSITS', currency: 'EUR', normal_side: 'CREDIT' },
  { gl_code: 'DEPOSITS', currency: 'EUR', normal_side: 'CREDIT' },
  { gl_code: 'TILL', currency: 'EUR', normal_side: 'DEBIT' },
  { gl_code: 'TILL', currency: 'USD', normal_side: 'DEBIT' },
  { gl_code: 'DEPOSITS', currency: 'USD', normal_side: 'CREDIT' },
]
const PAIRS = HISTORY_ACCOUNTS.flatMap((one, debit) =>
  HISTORY_ACCOUNTS.flatMap((other, credit) =>
    debit !== credit && one.currency === other.currency ? [{ debit, credit }] : [],
  ),
)

const movement = fc.record({
  pair: fc.constantFrom(...PAIRS),
  cents: fc.bigInt({ min: 1n, max: 1_000n }),
  /** Days since the movement before. */
  later: fc.constantFrom(0, 0, 0, 1, 1, 2, 5),
  /** Days from the business date to the value date. */
  shift: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) },
    { weight: 1, arbitrary: fc.integer({ min: -1_100, max: 1_100 }) },
  ),
  endsSeal: fc.boolean(),
})

/** Movements in the order they are booked in, on days that go on and stand still, beginning on `first`. */
export function historyFrom(first: string, length: number): fc.Arbitrary<HistoryMovement[]> {
  return fc.array(movement, { minLength: length, maxLength: length }).map((movements) => {
    let day = 0
    return movements.map(({ pair, cents, later, shift, endsSeal }) => {
      day += later
      return {
        ...pair,
        cents,
        endsSeal,
        business_date: dayFrom(first, day),
        value_date: dayFrom(first, day + shift),
      }
    })
  })
}
