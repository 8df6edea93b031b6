import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalCache } from '#libs/cache/local-cache.ts'
import { FreshCallers, type FreshMarkers } from './fresh-callers.ts'

const NOW_MS = 1_800_000_000_000
/** Somebody who signed in an hour ago. */
const ana = { sub: 'ana', auth_time: NOW_MS / 1000 - 3600 }

describe('who must read his own writes', () => {
  test('whoever wrote within ten seconds, and nobody else', async () => {
    let now = 0
    const fresh = new FreshCallers(createLocalCache(() => now))
    assert.equal(await fresh.isFresh(ana, NOW_MS), false)
    await fresh.wrote('ana')
    now = 9_999
    assert.equal(await fresh.isFresh(ana, NOW_MS), true)
    assert.equal(await fresh.isFresh({ ...ana, sub: 'ben' }, NOW_MS), false)
    now = 10_001
    assert.equal(await fresh.isFresh(ana, NOW_MS), false)
  })

  test('whoever signed in just now: what made him was a write of nobody', async () => {
    const fresh = new FreshCallers(createLocalCache())
    assert.equal(await fresh.isFresh({ sub: 'ana', auth_time: NOW_MS / 1000 - 20 }, NOW_MS), true)
    assert.equal(await fresh.isFresh({ sub: 'ana', auth_time: NOW_MS / 1000 - 41 }, NOW_MS), false)
  })

  test('everybody, where markers may be missing, even when that shows only in the answer', async () => {
    let isWhole = false
    const markers: FreshMarkers = {
      isWhole: () => isWhole,
      get: () => {
        isWhole = false
        return null
      },
      set: () => {},
    }
    const fresh = new FreshCallers(markers)
    assert.equal(await fresh.isFresh(ana, NOW_MS), true)
    isWhole = true
    assert.equal(await fresh.isFresh(ana, NOW_MS), true)
  })
})
