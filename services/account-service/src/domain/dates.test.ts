import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addDays, daysIn, firstOfMonth } from './dates.ts'

describe('dates', () => {
  test('know leap years and the ends of months and years', () => {
    assert.deepEqual([addDays('2028-02-28', 1), addDays('2027-02-28', 1)], ['2028-02-29', '2027-03-01'])
    assert.deepEqual([addDays('2026-12-31', 1), addDays('2026-01-01', -1)], ['2027-01-01', '2025-12-31'])
    assert.equal(firstOfMonth('2028-02-29'), '2028-02-01')
    assert.equal(daysIn({ from: '2028-01-01', to: '2028-12-31' }), 366)
    assert.equal(daysIn({ from: '2026-03-02', to: '2026-03-01' }), 0)
  })
})
