import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterFailure, isLocked, secondsUntil } from './lockout.ts'

const now = new Date('2026-01-01T00:00:00Z')

test('locks at each fifth failure, for longer the more there were, and not between', () => {
  const locks: number[] = []
  for (let failures = 0; failures < 30; failures++) {
    const next = afterFailure(failures, now)
    assert.equal(next.failures, failures + 1)
    locks.push(next.locked_until === null ? 0 : secondsUntil(next.locked_until, now))
  }
  const expected = { 5: 60, 10: 900, 15: 900, 20: 86_400, 25: 86_400, 30: 86_400 } as Record<number, number>
  assert.deepEqual(
    locks,
    locks.map((_, i) => expected[i + 1] ?? 0),
  )
})

test('a lock stands until its moment, and no longer', () => {
  const locked_until = new Date(now.getTime() + 1_000)
  assert.equal(isLocked({ locked_until }, now), true)
  assert.equal(isLocked({ locked_until }, locked_until), false)
  assert.equal(isLocked({ locked_until: null }, now), false)
  assert.equal(isLocked(undefined, now), false)
  assert.equal(secondsUntil(now, now), 1)
})
