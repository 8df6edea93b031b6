import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Database, Tx } from '#libs/sql/database.ts'
import { dropAfterCommit, tellAfterCommit, telling } from './after-commit.ts'

describe('what a transaction wants of the cache', () => {
  test('is done once, when it is committed, and not at all when it is rolled back', async () => {
    const done: string[] = []
    let isCommitted = false
    const transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
      const result = await work({} as Tx)
      assert.deepEqual(done, [])
      isCommitted = true
      return result
    }
    const did = (what: string): void => {
      assert.ok(isCommitted)
      done.push(what)
    }
    const drop = (keys: readonly string[]): void => did(`drop ${keys}`)
    const database = telling({ transact } as Database, { publish: did, drop })
    const failing = database.transact(async (tx) => {
      tellAfterCommit(tx, 'a')
      dropAfterCommit(tx, ['x'])
      throw new Error('rolled back')
    })
    await assert.rejects(failing)
    assert.deepEqual(done, [])
    await database.transact(async (tx) => {
      tellAfterCommit(tx, 'a')
      dropAfterCommit(tx, ['x', 'y'])
      tellAfterCommit(tx, 'b')
      tellAfterCommit(tx, 'a')
    })
    assert.deepEqual(done, ['a', 'b', 'drop x,y'])
  })
})
