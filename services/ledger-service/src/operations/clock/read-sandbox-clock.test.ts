import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSandboxClock } from '#contracts/api/ledger-days.ts'
import { anonymous } from '#libs/contract/client.ts'
import { openLedgerTest } from '../../../testing/ledger-test.ts'

describe('readSandboxClock', () => {
  test('shows both clocks, together until one was moved', async (t) => {
    const ledger = await openLedgerTest(t)
    const { reply } = await ledger.call(readSandboxClock, {}, anonymous)
    assert.equal(reply.wall_time, reply.bank_time)
    assert.deepEqual([reply.offset_ms, reply.business_date], [0, reply.wall_time.slice(0, 10)])
  })
})
