import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayFrom, isDate } from './value-dates.ts'

test('a date is one of the calendar, of the years 1 to 9999', () => {
  for (const text of ['2024-02-29', '0001-01-01', '9999-12-31']) assert.equal(isDate(text), true, text)
  for (const text of ['2026-02-29', '2026-02-30', '2026-13-01', '0000-12-31', '2026-1-1', '2026-01-01T00', ''])
    assert.equal(isDate(text), false, text)
})

test('days are counted over months and years, and stop at the first and the last date there are', () => {
  assert.equal(dayFrom('2024-02-28', 2), '2024-03-01')
  assert.equal(dayFrom('2026-01-01', -1), '2025-12-31')
  assert.equal(dayFrom('0001-01-01', -1), '0001-01-01')
  assert.equal(dayFrom('9999-12-31', 1), '9999-12-31')
})
