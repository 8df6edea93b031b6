import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encode } from '#libs/json/json.ts'
import { createRemoteLog, type WirePage } from './remote-log.ts'

describe('the log of another process', () => {
  test('wakes who follows it when a new epoch begins before the place where the old one had come to', async () => {
    const pages: WirePage['up_to'][] = [
      { epoch: 1, position: '1000' },
      { epoch: 7, position: '951' },
    ]
    const log = createRemoteLog('jar-service', async () =>
      encode({ events: [], up_to: pages.shift() ?? { epoch: 7, position: '951' }, more: false }),
    )
    const woken = new Promise<void>((resolve) => log.onAppended(resolve))
    const page = await log.read({ epoch: 1, position: 1_000n }, 10, ['com.example'])
    assert.deepEqual(page.upTo, { epoch: 1, position: 1_000n })
    await woken
    log.close()
  })
})
