import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ledgerProposalDecided } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { ada, ben, decide, proposalAsItStands, propose, transactionOf } from '../../../testing/proposals.ts'

describe('rejectProposal', () => {
  test('stops a proposal for good, and tells it', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    const { status, decision_reason, carried_out_at } = await decide(ledger, made, 'reject')
    assert.deepEqual([status, decision_reason, carried_out_at], ['REJECTED', 'looked at the papers', null])
    assert.equal((await proposalAsItStands(ledger, made.proposal_id)).status, 'REJECTED')
    assert.deepEqual(await ledger.published(ledgerProposalDecided), [
      { proposal_id: made.proposal_id, status: 'REJECTED', decided_by: ben.sub },
    ])
  })

  test('refuses who proposed it, whoever may not, what was decided, and what is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    const refused = (caller: typeof ada, proposal_id = made.proposal_id) =>
      refusalOf(decide(ledger, { proposal_id }, 'reject', caller))
    assert.equal(await refused(ada), 'OWN_PROPOSAL')
    assert.equal(await refused(aStaffMember('auditor')), 'FORBIDDEN')
    assert.equal(await refused(ben, newId()), 'PROPOSAL_NOT_FOUND')
    await decide(ledger, made, 'reject')
    assert.equal(await refused(ben), 'NOT_PENDING')
  })
})
