import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SlidingWindows } from './sliding-window.ts'

test('lets exactly the limit through in a minute, and says how many are left', () => {
  const limiter = new SlidingWindows(() => 600_000)
  const taken = Array.from({ length: 5 }, () => limiter.take('user', 3))
  assert.deepEqual(
    taken.map((allowance) => [allowance.isAllowed, allowance.remaining]),
    [
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ],
  )
  assert.ok(limiter.take('somebody else', 3).isAllowed)
})

test('a burst at the edge of two windows cannot double the limit', () => {
  let now = 659_900
  const limiter = new SlidingWindows(() => now)
  let allowed = 0
  for (let i = 0; i < 100; i++) if (limiter.take('user', 100).isAllowed) allowed += 1
  now = 660_100
  for (let i = 0; i < 100; i++) if (limiter.take('user', 100).isAllowed) allowed += 1
  assert.ok(allowed <= 101, `${allowed} in 200 ms`)
  now = 720_000
  assert.ok(limiter.take('user', 100).isAllowed)
})
