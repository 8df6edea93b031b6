import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { accrueDay, interestOf } from './interest.ts'

/** A month, day by day, as accrual makes it. */
function month(days: readonly { balance_cents: bigint; rate_ppm: number }[]) {
  return days.reduce((sofar, day) => accrueDay(sofar.month_sum, day), { month_sum: 0n, accrued_cents: 0n })
}
const flat = (days: number, balance_cents: bigint, rate_ppm: number) => Array(days).fill({ balance_cents, rate_ppm })

describe('interest', () => {
  test('is what a table worked by hand says', () => {
    const table: [what: string, days: { balance_cents: bigint; rate_ppm: number }[], cents: bigint][] = [
      // 1,000.00 × 2 % × 31 ÷ 365 = 1.698630…
      ['31 days of 1,000.00 at 2 %', flat(31, 100_000n, 20_000), 170n],
      // 1,000.00 × 2 % × 28 ÷ 365 = 1.534246…; a leap year's February has a day more: 1.589041…, still over 365
      ['28 days of 1,000.00 at 2 %', flat(28, 100_000n, 20_000), 153n],
      ['29 days of 1,000.00 at 2 %', flat(29, 100_000n, 20_000), 159n],
      // 1,000.00 × (15 × 2 % + 16 × 3 %) ÷ 365 = 2.136986…
      ['15 days at 2 % and 16 at 3 %', [...flat(15, 100_000n, 20_000), ...flat(16, 100_000n, 30_000)], 214n],
      // −500.00 earns nothing: 1,000.00 × 2 % × 20 ÷ 365 = 1.095890…
      ['20 days of 1,000.00, 10 of −500.00', [...flat(20, 100_000n, 20_000), ...flat(10, -50_000n, 20_000)], 110n],
      // 12,345.67 × 2 % × 10 ÷ 365 = 6.764750…; 98,765.43 × 2 % × 20 ÷ 365 = 108.236087…; together 115.000838…
      ['two balances', [...flat(10, 1_234_567n, 20_000), ...flat(20, 9_876_543n, 20_000)], 11_500n],
      // Exactly half a cent goes to the even one: 1.825 × 100 % ÷ 365 = 0.5 of a cent, and three times that is 1.5
      ['half a cent', [{ balance_cents: 365n, rate_ppm: 500_000 }], 0n],
      ['one and a half', [{ balance_cents: 365n, rate_ppm: 1_500_000 }], 2n],
      ['two and a half', [{ balance_cents: 365n, rate_ppm: 2_500_000 }], 2n],
      // The largest amount of the bank for a month at 100 %: beyond every machine integer, still exact.
      ['the largest', flat(31, 9_007_199_254_740_991n, 1_000_000), 764_995_005_197_180n],
    ]
    for (const [what, days, cents] of table) assert.equal(month(days).accrued_cents, cents, what)
  })

  test('of a sum of days differs from the exact value by half a unit at most, and is never paid below zero', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 24n), (sum) => {
        const twice = interestOf(sum) * 2n * 365_000_000n - sum * 2n
        assert.ok(twice <= 365_000_000n && twice >= -365_000_000n)
      }),
    )
    assert.throws(() => interestOf(-1n), RangeError)
  })

  test('never falls from one day to the next, and what is booked day by day adds up to what is paid', () => {
    const day = fc.record({ balance_cents: fc.bigInt(-(10n ** 12n), 10n ** 12n), rate_ppm: fc.nat(200_000) })
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 31 }), (days) => {
        let booked = 0n
        let sofar = { month_sum: 0n, accrued_cents: 0n }
        for (const one of days) {
          const next = accrueDay(sofar.month_sum, one)
          assert.ok(next.accrued_cents >= sofar.accrued_cents)
          booked += next.accrued_cents - sofar.accrued_cents
          sofar = next
        }
        assert.equal(booked, interestOf(sofar.month_sum))
      }),
    )
  })
})
