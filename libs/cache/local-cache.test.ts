import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalCache } from './local-cache.ts'

describe('the cache of one process', () => {
  test('keeps a value for its time, and forgets what is dropped', () => {
    let now = 0
    const cache = createLocalCache(() => now)
    cache.set('a', '1', 1_000)
    cache.set('b', '2', 1_000)
    cache.drop(['b', 'c'])
    now = 999
    assert.deepEqual([cache.get('a'), cache.get('b')], ['1', null])
    now = 1_000
    assert.equal(cache.get('a'), null)
  })

  test('lends a lock to one, and to the next when it is given back or its time is over', async () => {
    let now = 0
    const cache = createLocalCache(() => now)
    const first = await cache.lock('x', 1_000)
    assert.equal(cache.lock('x', 1_000), null)
    await first?.release()
    const second = await cache.lock('x', 1_000)
    assert.equal(second?.isHeld, true)
    now = 1_000
    assert.ok(await cache.lock('x', 1_000))
    await second?.release()
    assert.equal(cache.lock('x', 1_000), null, 'who lost it by time does not give back what is another’s')
  })

  test('answers at once: nothing in one process waits for it', () => {
    const cache = createLocalCache(() => 600_000)
    const allowance = cache.take('ana', 1)
    assert.ok(!(allowance instanceof Promise) && allowance.isAllowed)
    assert.deepEqual(cache.take('ana', 1), {
      ...{ isAllowed: false, limit: 1, remaining: 0, resetS: 60, isCountedTogether: false },
    })
    cache.giveBack('ana', allowance)
    assert.ok(!(cache.get('x') instanceof Promise))
  })
})
