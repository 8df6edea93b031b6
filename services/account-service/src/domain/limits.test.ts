import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { ProductRow } from '../tables.ts'
import { decideLimits, limitIn } from './limits.ts'

const product = { highest_daily_hundredths: 5_000_000 } as ProductRow
const rule = { product, currency: 'EUR', by: 'OWNER' as const }
const [officer, two] = [
  { ...rule, by: 'OFFICER' as const },
  { ...rule, by: 'TWO_OFFICERS' as const },
]
const unmarked = { daily_ceiling_cents: null, monthly_ceiling_cents: null }
const present = { daily_limit_cents: 1_000_000n, monthly_limit_cents: null, ...unmarked }

function refusal(...args: Parameters<typeof decideLimits>): string {
  try {
    decideLimits(...args)
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
  assert.fail('it was not refused')
}

describe('limits', () => {
  test('of a product are the same number of units in every currency', () => {
    assert.deepEqual(
      ['EUR', 'JPY', 'KWD'].map((currency) => limitIn(currency, 1_000_050)),
      [1_000_050n, 10_000n, 10_000_500n],
    )
    assert.equal(limitIn('EUR', null), null)
  })

  test('are set by an owner up to the highest of the product and by two officers beyond it; what is not sent stays', () => {
    const highest = { daily_limit_cents: 5_000_000n }
    assert.deepEqual(decideLimits(present, highest, rule), { ...present, ...highest })
    assert.equal(refusal(present, { daily_limit_cents: 5_000_001n }, rule), 'LIMIT_TOO_HIGH')
    assert.equal(refusal(present, { daily_limit_cents: null }, rule), 'LIMIT_TOO_HIGH')
    assert.equal(refusal(present, { daily_limit_cents: -1n }, two), 'LIMIT_WRONG')
    const beyond = { daily_limit_cents: null, monthly_limit_cents: 0n }
    assert.deepEqual(decideLimits(present, beyond, two), {
      ...beyond,
      daily_ceiling_cents: null,
      monthly_ceiling_cents: 0n,
    })
    assert.equal(refusal(present, beyond, officer), 'SECOND_PERSON_NEEDED')
    const raised = { daily_limit_cents: 9_000_000n, monthly_limit_cents: null, ...unmarked }
    assert.deepEqual(decideLimits(raised, { monthly_limit_cents: 5n }, rule), { ...raised, monthly_limit_cents: 5n })
  })

  test('what one officer lowered, the owner raises no further again, and neither does one officer; two do', () => {
    const lowered = decideLimits(present, { daily_limit_cents: 300n, monthly_limit_cents: 900n }, officer)
    assert.deepEqual([lowered.daily_ceiling_cents, lowered.monthly_ceiling_cents], [300n, 900n])
    const less = decideLimits(lowered, { daily_limit_cents: 100n }, rule)
    assert.deepEqual(decideLimits(less, { daily_limit_cents: 300n }, rule), lowered)
    for (const wish of [{ daily_limit_cents: 301n }, { monthly_limit_cents: 901n }, { monthly_limit_cents: null }]) {
      assert.equal(refusal(less, wish, rule), 'LIMIT_TOO_HIGH')
      assert.equal(refusal(less, wish, officer), 'SECOND_PERSON_NEEDED')
    }
    const raised = decideLimits(less, { daily_limit_cents: 400n, monthly_limit_cents: null }, two)
    assert.deepEqual([raised.daily_ceiling_cents, raised.monthly_ceiling_cents], [400n, null])
    assert.equal(refusal(raised, { daily_limit_cents: 401n }, rule), 'LIMIT_TOO_HIGH')
    const free = decideLimits(raised, { daily_limit_cents: 5_000_000n }, two)
    assert.equal(free.daily_ceiling_cents, null, 'the highest of the product is the mark again')
  })

  test('one officer lowers what is beyond the product, and sets the mark lower each time, never higher', () => {
    const beyond = { ...present, daily_limit_cents: 9_000_000n }
    const lowered = decideLimits(beyond, { daily_limit_cents: 8_000_000n }, officer)
    assert.deepEqual([lowered.daily_limit_cents, lowered.daily_ceiling_cents], [8_000_000n, 8_000_000n])
    const again = decideLimits(lowered, { daily_limit_cents: 50n }, officer)
    const back = decideLimits({ ...again, daily_limit_cents: 10n }, { daily_limit_cents: 40n }, officer)
    assert.deepEqual([back.daily_limit_cents, back.daily_ceiling_cents], [40n, 50n])
  })
})
