import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listCheckpoints, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

const auditor = aStaffMember('auditor')

describe('signCheckpoint', () => {
  test('signs the newest seal, once however many ask at a time, and anew when more was sealed', async (t) => {
    const ledger = await openLedgerTest(t)
    const sign = async () => (await ledger.call(signCheckpoint, {}, auditor)).reply
    const account = await ledger.openAccount({ balance_cents: 1_000n })
    await sealAll(ledger)
    const signed = await Promise.all([0, 1, 2, 3].map(sign))
    const [first] = signed
    assert.ok(first)
    for (const one of signed) assert.deepEqual(one, first)
    const [origin, size, root] = first.note.split('\n')
    assert.ok(origin)
    assert.deepEqual([size, root], ['2', Buffer.from(first.root_hash, 'hex').toString('base64')])
    await ledger.post({ from: account, to: 'CASH', cents: 1n })
    await sealAll(ledger)
    const second = await sign()
    assert.deepEqual([second.tree_size, second.seal_no], [4, first.seal_no + 1])
    const { reply } = await ledger.call(listCheckpoints, {}, auditor)
    assert.deepEqual(reply.items, [second, first])
  })

  test('refuses while nothing is sealed, and customers, tellers and services', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(signCheckpoint, {}, auditor)), 'NOTHING_SEALED')
    for (const caller of [aCustomer(), aStaffMember('teller'), aService('account-service')])
      assert.equal(await refusalOf(ledger.call(signCheckpoint, {}, caller)), 'FORBIDDEN')
  })
})
