import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterFailure, isLocked, MANUAL_FAILURES, secondsUntil, stateOf } from './lockout.ts'

const now = new Date('2026-01-01T00:00:00Z')

test('ASVS 2.2.1: four mistakes are free, from then on each one makes the next wait longer, until somebody has to end it', () => {
  const waits: number[] = []
  for (let failures = 0; failures < 31; failures++) {
    const next = afterFailure(failures, now)
    assert.equal(next.failures, failures + 1)
    waits.push(next.locked_until === null ? 0 : secondsUntil(next.locked_until, now))
  }
  assert.deepEqual(waits.slice(0, 10), [0, 0, 0, 0, 60, 90, 120, 240, 480, 900])
  assert.deepEqual(waits.slice(10, 20), [900, 900, 900, 900, 3_600, 3_600, 3_600, 3_600, 3_600, 86_400])
  assert.deepEqual(new Set(waits.slice(19, 29)), new Set([86_400]))
  assert.deepEqual(waits.slice(29), [365 * 86_400, 365 * 86_400])
  assert.ok(waits.every((wait, i) => i === 0 || wait >= (waits[i - 1] as number)))
})

test('the states follow each other in one order, and the last of them holds from thirty failures on', () => {
  const states = Array.from({ length: 40 }, (_, failures) => stateOf(failures))
  assert.deepEqual([...new Set(states)], ['open', 'slowed', 'challenge', 'temporary', 'manual'])
  const first = (state: string) => (states as string[]).indexOf(state)
  assert.deepEqual(['slowed', 'challenge', 'temporary', 'manual'].map(first), [5, 10, 20, MANUAL_FAILURES])
})

test('a lock stands until its moment, and no longer', () => {
  const locked_until = new Date(now.getTime() + 1_000)
  assert.equal(isLocked({ locked_until }, now), true)
  assert.equal(isLocked({ locked_until }, locked_until), false)
  assert.equal(isLocked({ locked_until: null }, now), false)
  assert.equal(isLocked(undefined, now), false)
  assert.equal(secondsUntil(now, now), 1)
})
