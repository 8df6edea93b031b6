import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import type { ProductRow } from '../tables.ts'
import { decideLimits, limitIn } from './limits.ts'

const product = { highest_daily_hundredths: 5_000_000 } as ProductRow
const rule = { product, currency: 'EUR', maySetAny: false }
const present = { daily_limit_cents: 1_000_000n, monthly_limit_cents: null }

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

  test('are set by an owner up to the highest of the product and by compliance beyond it; what is not sent stays', () => {
    const highest = { daily_limit_cents: 5_000_000n }
    assert.deepEqual(decideLimits(present, highest, rule), { ...present, ...highest })
    assert.equal(refusal(present, { daily_limit_cents: 5_000_001n }, rule), 'LIMIT_TOO_HIGH')
    assert.equal(refusal(present, { daily_limit_cents: null }, rule), 'LIMIT_TOO_HIGH')
    assert.equal(refusal(present, { daily_limit_cents: -1n }, { ...rule, maySetAny: true }), 'LIMIT_WRONG')
    const beyond = { daily_limit_cents: null, monthly_limit_cents: 0n }
    assert.deepEqual(decideLimits(present, beyond, { ...rule, maySetAny: true }), beyond)
    const raised = { daily_limit_cents: 9_000_000n, monthly_limit_cents: null }
    assert.deepEqual(decideLimits(raised, { monthly_limit_cents: 5n }, rule), { ...raised, monthly_limit_cents: 5n })
  })
})
