import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Problem } from '#libs/problem/problem.ts'
import { checkPeriod } from './statement-period.ts'

function refusal(from: string, to: string): string {
  try {
    checkPeriod({ from, to }, '2028-12-31')
    return 'none'
  } catch (error) {
    assert.ok(error instanceof Problem)
    return error.kind.code
  }
}

describe('the period of a statement', () => {
  test('is a day to a whole leap year, and ends today at the latest', () => {
    assert.equal(refusal('2028-12-31', '2028-12-31'), 'none')
    assert.equal(refusal('2028-01-01', '2028-12-31'), 'none')
    assert.equal(refusal('2027-12-31', '2028-12-31'), 'PERIOD_TOO_LONG')
    assert.equal(refusal('2028-12-31', '2028-12-30'), 'PERIOD_WRONG')
    assert.equal(refusal('2028-12-31', '2029-01-01'), 'PERIOD_WRONG')
  })
})
