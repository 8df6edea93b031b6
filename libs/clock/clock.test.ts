import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bankClock } from './clock.ts'

test('the bank clock follows its offset at once while the wall stays', () => {
  let offset = 0
  const wall = { now: () => new Date('2026-03-01T23:59:59.000Z') }
  const bank = bankClock(wall, () => offset)
  assert.equal(bank.businessDate(), '2026-03-01')
  offset = 86_400_000 * 30
  assert.equal(bank.now().toISOString(), '2026-03-31T23:59:59.000Z')
  assert.equal(bank.businessDate(), '2026-03-31')
  assert.equal(wall.now().toISOString(), '2026-03-01T23:59:59.000Z')
})
