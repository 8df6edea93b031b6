import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getProposal } from '#contracts/api/ledger-proposals.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { propose, transactionOf } from '../../../testing/proposals.ts'

describe('getProposal', () => {
  test('answers staff and the queue as it was made; nobody else, and none that is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    const get = (caller: ReturnType<typeof aCustomer>, proposal_id = made.proposal_id) =>
      ledger.call(getProposal, { params: { proposal_id } }, caller)
    for (const caller of [aStaffMember('auditor'), aService('admin-service')])
      assert.deepEqual((await get(caller)).reply, made)
    assert.equal(await refusalOf(get(aCustomer())), 'FORBIDDEN')
    assert.equal(await refusalOf(get(aStaffMember('auditor'), newId())), 'PROPOSAL_NOT_FOUND')
  })
})
