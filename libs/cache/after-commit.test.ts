import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Database, Tx } from '#libs/sql/database.ts'
import { tellAfterCommit, telling } from './after-commit.ts'

describe('what is said after a commit', () => {
  test('is said once, when it is committed, and not at all when it is rolled back', async () => {
    const said: string[] = []
    let isCommitted = false
    const transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
      const result = await work({} as Tx)
      assert.deepEqual(said, [])
      isCommitted = true
      return result
    }
    const publish = (channel: string): void => {
      assert.ok(isCommitted)
      said.push(channel)
    }
    const database = telling({ transact } as Database, { publish })
    const failing = database.transact(async (tx) => {
      tellAfterCommit(tx, 'a')
      throw new Error('rolled back')
    })
    await assert.rejects(failing)
    assert.deepEqual(said, [])
    await database.transact(async (tx) => {
      tellAfterCommit(tx, 'a')
      tellAfterCommit(tx, 'b')
      tellAfterCommit(tx, 'a')
    })
    assert.deepEqual(said, ['a', 'b'])
  })
})
