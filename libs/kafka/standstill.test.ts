import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StandstillWatch } from './standstill.ts'

const LIMIT_MS = 30_000
const at = (...offsets: bigint[]): Map<string, bigint> => new Map(offsets.map((offset, i) => [`events:${i}`, offset]))

describe('a reading stands still', () => {
  test('when a partition held more for the whole limit and its position did not move, and only that partition is named', () => {
    const watch = new StandstillWatch(LIMIT_MS)
    assert.deepEqual(watch.look(at(5n, 5n), at(9n, 9n), 0), [])
    assert.deepEqual(watch.look(at(5n, 8n), at(9n, 12n), LIMIT_MS - 1), [])
    assert.deepEqual(watch.look(at(5n, 8n), at(9n, 12n), LIMIT_MS), ['events:0'])
  })

  test('not while it moves, however far behind it is', () => {
    const watch = new StandstillWatch(LIMIT_MS)
    for (let i = 0; i < 20; i++) assert.deepEqual(watch.look(at(BigInt(i)), at(1_000n), i * LIMIT_MS), [])
  })

  test('not when there is nothing more, however long', () => {
    const watch = new StandstillWatch(LIMIT_MS)
    for (let i = 0; i < 5; i++) assert.deepEqual(watch.look(at(7n), at(7n), i * LIMIT_MS), [])
    assert.deepEqual(watch.look(at(7n), at(8n), 5 * LIMIT_MS), [], 'more has only just come')
  })

  test('not for what was behind before it went to another member, or before a look failed', () => {
    const watch = new StandstillWatch(LIMIT_MS)
    watch.look(at(5n), at(9n), 0)
    watch.look(new Map(), at(9n), LIMIT_MS)
    assert.deepEqual(watch.look(at(5n), at(9n), LIMIT_MS), [])
    watch.forget()
    assert.deepEqual(watch.look(at(5n), at(9n), 2 * LIMIT_MS), [])
    assert.deepEqual(watch.look(at(5n), at(9n), 3 * LIMIT_MS), ['events:0'])
  })
})
