import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getVerification, startVerification } from '#contracts/api/ledger-proofs.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { sealAll } from '../../../testing/sealed.ts'

const auditor = aStaffMember('auditor')

describe('getVerification', () => {
  test('says how much was looked at, and that it is intact', async (t) => {
    const ledger = await openLedgerTest(t)
    const account = await ledger.openAccount({ balance_cents: 10n })
    await ledger.post({ from: account, to: 'CASH', cents: 1n })
    await sealAll(ledger)
    const { reply: started } = await ledger.call(startVerification, { body: {} }, auditor)
    const params = { verification_id: started.verification_id }
    const done = await eventually(async () => {
      const { reply } = await ledger.call(getVerification, { params }, auditor)
      return reply.completed_at !== null && reply
    })
    assert.deepEqual(
      [done.status, done.broken, done.seals, done.transactions, done.entries],
      ['INTACT', null, done.to_seal, 2, 4],
    )
    assert.equal(await refusalOf(ledger.call(getVerification, { params }, aCustomer())), 'FORBIDDEN')
  })

  test('refuses one that nobody ordered', async (t) => {
    const ledger = await openLedgerTest(t)
    const params = { verification_id: newId() }
    assert.equal(await refusalOf(ledger.call(getVerification, { params }, auditor)), 'VERIFICATION_NOT_FOUND')
  })
})
