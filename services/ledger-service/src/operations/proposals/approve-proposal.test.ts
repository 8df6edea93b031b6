import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getHold, getLedgerTransaction } from '#contracts/api/ledger.ts'
import { ledgerProposalDecided, ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import {
  ada,
  ben,
  carryOut,
  decide,
  proposalAsItStands,
  propose,
  proposeAndCarryOut,
  transactionOf,
} from '../../../testing/proposals.ts'

describe('approveProposal', () => {
  test('has the transaction booked once, in the name of who proposed it, and shows it', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 500n })
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf(id, 'CASH', 120n) })
    const done = await carryOut(ledger, made)
    assert.deepEqual([done.status, done.decided_by, done.refusal_code], ['DONE', ben.sub, null])
    const params = { ledger_transaction_id: done.ledger_transaction_id as string }
    const { reply } = await ledger.call(getLedgerTransaction, { params }, ada)
    assert.ok('transaction_id' in reply)
    assert.deepEqual([reply.transaction_id, reply.business_event], [made.proposal_id, 'CORRECTION'])
    const [row] =
      await ledger.sql`select source, user_id, adjustment_id from journal_transactions where transaction_id = ${made.proposal_id}`
    assert.deepEqual({ ...row }, { source: 'ledger-service', user_id: ada.sub, adjustment_id: null })
    assert.equal((await ledger.account(id)).ledger_balance_cents, 380n)
    assert.deepEqual(await ledger.published(ledgerProposalDecided), [
      { proposal_id: made.proposal_id, status: 'APPROVED', decided_by: ben.sub },
    ])
    await ledger.assertBooksAddUp()
  })

  test('has a hold placed', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 500n })
    const hold = { ledger_account_id: id, amount_cents: 200n, currency: 'EUR', expires_in_s: 3_600 }
    const done = await proposeAndCarryOut(ledger, { kind: 'HOLD', hold })
    const { reply } = await ledger.call(getHold, { params: { hold_id: done.hold_id as string } }, ada)
    assert.deepEqual([reply.ledger_account_id, reply.amount_cents, reply.status], [id, 200n, 'ACTIVE'])
    assert.equal((await ledger.account(id)).available_balance_cents, 300n)
  })

  test('what the ledger refuses is shown with its code, and stays refused when the money is there', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 5n })
    const done = await proposeAndCarryOut(ledger, { kind: 'TRANSACTION', transaction: transactionOf(id, 'CASH', 6n) })
    assert.deepEqual([done.status, done.refusal_code], ['REFUSED', 'INSUFFICIENT_FUNDS'])
    await ledger.post({ from: 'CASH', to: id, cents: 100n })
    assert.equal((await ledger.account(id)).ledger_balance_cents, 105n)
    assert.equal(await refusalOf(decide(ledger, done)), 'NOT_PENDING')
  })

  test('two persons at once approve once, and it is booked once', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    const settled = await Promise.allSettled(
      [ben, aStaffMember('compliance')].map((who) => decide(ledger, made, 'approve', who)),
    )
    assert.deepEqual(settled.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    await eventually(async () => (await proposalAsItStands(ledger, made.proposal_id)).status === 'DONE')
    // As if the process had died before it wrote down what it did.
    await ledger.owner`
      update ledger_proposals set status = 'APPROVED', carried_out_at = null, ledger_transaction_id = null`
    await eventually(async () => (await proposalAsItStands(ledger, made.proposal_id)).status === 'DONE')
    assert.equal((await ledger.published(ledgerTransactionPosted)).length, 1)
  })

  test('refuses who proposed it, whoever may not, what was decided, and what is not there', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    const refused = (caller: typeof ada, proposal_id = made.proposal_id) =>
      refusalOf(decide(ledger, { proposal_id }, 'approve', caller))
    assert.equal(await refused(ada), 'OWN_PROPOSAL')
    assert.equal(await refused(aService('admin-service', ada)), 'OWN_PROPOSAL')
    assert.equal(await refused(aService('admin-service')), 'OWN_PROPOSAL')
    assert.equal(await refused(aStaffMember('auditor')), 'FORBIDDEN')
    assert.equal(await refused(aCustomer()), 'FORBIDDEN')
    assert.equal(await refused(ben, newId()), 'PROPOSAL_NOT_FOUND')
    await decide(ledger, made, 'reject')
    assert.equal(await refused(ben), 'NOT_PENDING')
    assert.equal((await ledger.published(ledgerTransactionPosted)).length, 0)
  })

  test('what waited a week is over, and the queue hears of it', async (t) => {
    const ledger = await openLedgerTest(t)
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction: transactionOf('CASH', 'SUSPENSE', 7n) })
    ledger.clock.advance(7 * 86_400_000)
    assert.equal(await refusalOf(decide(ledger, made)), 'NOT_PENDING')
    await eventually(async () =>
      assert.deepEqual(await ledger.published(ledgerProposalDecided), [
        { proposal_id: made.proposal_id, status: 'EXPIRED', decided_by: null },
      ]),
    )
  })
})
