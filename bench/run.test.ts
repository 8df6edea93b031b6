import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openWhole } from './fresh-server.ts'

describe('npm run bench', () => {
  test('refuses a case that does not exist, with the names of those that do', () => {
    const args = [join(import.meta.dirname, 'run.ts'), 'reads', 'postings']
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /no case postings; there are tpcb, sagas, .*ledger/)
  })

  test('ends what it began, the last first, when a later step of its opening throws', async () => {
    const ended: string[] = []
    const opening = openWhole(async (begun) => {
      begun.defer(() => void ended.push('server'))
      begun.defer(async () => void ended.push('bank'))
      throw new Error('no port')
    })
    await assert.rejects(opening, /no port/)
    assert.deepEqual(ended, ['bank', 'server'])
  })
})
