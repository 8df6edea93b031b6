import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addMonths, birthdayAfter } from './calendar.ts'

describe('the calendar', () => {
  test('adds months, to the last day where a month is shorter', () => {
    for (const [date, months, then] of [
      ['2026-01-15', 36, '2029-01-15'],
      ['2026-01-31', 1, '2026-02-28'],
      ['2023-11-30', 3, '2024-02-29'],
      ['2024-02-29', 12, '2025-02-28'],
      ['2025-12-31', 1, '2026-01-31'],
      ['2026-10-31', 120, '2036-10-31'],
    ] as const)
      assert.equal(addMonths(date, months), then)
  })

  test('gives those born on 29 February their birthday on 1 March of other years', () => {
    assert.equal(birthdayAfter('2008-02-29', 18), '2026-03-01')
    assert.equal(birthdayAfter('2008-02-29', 20), '2028-02-29')
    assert.equal(birthdayAfter('2008-11-21', 18), '2026-11-21')
  })
})
