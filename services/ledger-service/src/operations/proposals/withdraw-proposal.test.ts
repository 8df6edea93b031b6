import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withdrawProposal } from '#contracts/api/ledger-proposals.ts'
import { ledgerProposalDecided } from '#contracts/events/ledger.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { ada, ben, decide, propose, transactionOf } from '../../../testing/proposals.ts'

describe('withdrawProposal', () => {
  test('takes back what waits, once, and only by who proposed it', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    const withdraw = async (caller: typeof ada) =>
      (await ledger.call(withdrawProposal, { params: { proposal_id: made.proposal_id } }, caller)).reply
    assert.equal(await refusalOf(withdraw(ben)), 'PROPOSAL_NOT_FOUND')
    const { status, decided_by } = await withdraw(ada)
    assert.deepEqual([status, decided_by], ['WITHDRAWN', ada.sub])
    assert.equal(await refusalOf(withdraw(ada)), 'NOT_PENDING')
    assert.equal(await refusalOf(decide(ledger, made)), 'NOT_PENDING')
    assert.deepEqual(await ledger.published(ledgerProposalDecided), [
      { proposal_id: made.proposal_id, status: 'WITHDRAWN', decided_by: ada.sub },
    ])
  })
})
