import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getLatestCheckpoint, signCheckpoint } from '#contracts/api/ledger-proofs.ts'
import { type FileReply, isFileReply } from '#libs/contract/file-reply.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

describe('getLatestCheckpoint', () => {
  test('answers anyone signed in the newest note, letter by letter', async (t) => {
    const ledger = await openLedgerTest(t)
    const account = await ledger.openAccount({ balance_cents: 1_000n })
    for (let i = 0; i < 2; i++) {
      await ledger.post({ from: account, to: 'CASH', cents: 1n })
      await sealAll(ledger)
      const { reply: signed } = await ledger.call(signCheckpoint, {}, aStaffMember('auditor'))
      const { reply } = await ledger.call(getLatestCheckpoint, {}, aCustomer())
      assert.ok(isFileReply(reply))
      const { bytes, content_type } = reply as FileReply
      assert.deepEqual([Buffer.from(bytes).toString(), content_type], [signed.note, 'text/plain; charset=utf-8'])
    }
  })

  test('refuses while nothing is sealed', async (t) => {
    const ledger = await openLedgerTest(t)
    assert.equal(await refusalOf(ledger.call(getLatestCheckpoint, {}, aCustomer())), 'NOTHING_SEALED')
  })
})
