import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedWith } from '../../testing/refused-with.ts'
import { checkPeriod, fillDays } from './snapshots.ts'

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03']
const moved = {
  ...{ snapshot_date: '2026-03-02', opening_cents: 10n, debits_cents: 3n, credits_cents: 0n },
  ...{ closing_cents: 7n, entry_count: 1 },
}

test('a day without movement keeps the last closing; days before the first movement have none', () => {
  const closings = (before: bigint | null) => fillDays(DAYS, [moved], before).map((day) => day.closing_cents)
  assert.deepEqual(closings(10n), [10n, 7n, 7n])
  assert.deepEqual(closings(null), [7n, 7n])
  assert.deepEqual(fillDays(DAYS, [], null), [])
  assert.deepEqual(fillDays(DAYS, [moved], 10n)[2], {
    ...{ snapshot_date: '2026-03-03', opening_cents: 7n, debits_cents: 0n, credits_cents: 0n },
    ...{ closing_cents: 7n, entry_count: 0 },
  })
})

test('a period ends when or after it begins, and is a leap year at most', () => {
  checkPeriod({ from: '2028-01-01', to: '2028-12-31' })
  assert.throws(() => checkPeriod({ from: '2028-01-01', to: '2029-01-01' }), refusedWith('PERIOD_TOO_LONG'))
  assert.throws(() => checkPeriod({ from: '2028-01-02', to: '2028-01-01' }), refusedWith('PERIOD_WRONG'))
})
