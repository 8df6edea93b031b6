import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listCheckpoints, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

const auditor = aStaffMember('auditor')

describe('listCheckpoints', () => {
  test('pages show each checkpoint once, newest first', async (t) => {
    const ledger = await openLedgerTest(t)
    const account = await ledger.openAccount({ balance_cents: 1_000n })
    for (let i = 0; i < 5; i++) {
      await ledger.post({ from: account, to: 'CASH', cents: 1n })
      await sealAll(ledger)
      await ledger.call(signCheckpoint, {}, auditor)
    }
    const sizes: number[] = []
    let cursor: string | null = ''
    do {
      const query: { limit: number; cursor?: string } = { limit: 2, ...(cursor === '' ? {} : { cursor }) }
      const { reply } = await ledger.call(listCheckpoints, { query }, auditor)
      assert.ok(reply.items.length <= 2)
      sizes.push(...reply.items.map(({ tree_size }) => tree_size))
      cursor = reply.next_cursor
    } while (cursor !== null)
    assert.deepEqual(sizes, [12, 10, 8, 6, 4])
  })

  test('is empty before the first, and refuses a made-up cursor and customers', async (t) => {
    const ledger = await openLedgerTest(t)
    const list = (query: { cursor?: string }, caller = auditor) => ledger.call(listCheckpoints, { query }, caller)
    assert.deepEqual((await list({})).reply, { items: [], next_cursor: null })
    for (const cursor of ['x', '-1', '1e5', '9'.repeat(20)])
      assert.equal(await refusalOf(list({ cursor })), 'CURSOR_WRONG')
    assert.equal(await refusalOf(list({}, aCustomer())), 'FORBIDDEN')
  })
})
