import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { proposeBooking } from '#contracts/api/ledger-proposals.ts'
import { ledgerProposalMade, ledgerTransactionPosted } from '#contracts/events/ledger.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { openLedgerTest, refusalOf } from '../../../testing/ledger-test.ts'
import { ada, propose, transactionOf } from '../../../testing/proposals.ts'

describe('proposeBooking', () => {
  test('keeps what an operator wishes and tells it, and books nothing', async (t) => {
    const ledger = await openLedgerTest(t)
    const id = await ledger.openAccount({ balance_cents: 500n })
    const transaction = { ...transactionOf(id, 'CASH', 120n, '2026-01-02'), is_limited: false }
    const made = await propose(ledger, { kind: 'TRANSACTION', transaction, documents: ['TICKET-7'] })
    assert.equal(made.status, 'PENDING')
    assert.deepEqual(made.transaction, transaction)
    assert.deepEqual([made.hold, made.documents, made.proposed_by], [null, ['TICKET-7'], ada.sub])
    assert.deepEqual(proposeBooking.shapes.reply.errorsInside(made), [])
    assert.deepEqual(await ledger.published(ledgerProposalMade), [
      {
        proposal_id: made.proposal_id,
        kind: 'TRANSACTION',
        period: null,
        amount_cents: 120n,
        currency: 'EUR',
        proposed_by: ada.sub,
      },
    ])
    assert.equal((await ledger.published(ledgerTransactionPosted)).length, 1)
    assert.equal((await ledger.account(id)).ledger_balance_cents, 500n)
  })

  test('answers a repeated key as before, and makes one proposal', async (t) => {
    const ledger = await openLedgerTest(t)
    const body = { kind: 'TRANSACTION' as const, transaction: transactionOf('CASH', 'SUSPENSE', 3n), reason: 'why' }
    const key = aKey()
    const [first, second] = [
      await ledger.call(proposeBooking, { body }, ada, { key }),
      await ledger.call(proposeBooking, { body }, ada, { key }),
    ]
    assert.deepEqual(second.reply, first.reply)
    const [kept] = await ledger.sql`select body from idempotency_keys where operation = 'proposeBooking'`
    assert.equal(kept?.body, null, 'its words stand in the proposal alone')
    const [{ count } = { count: 0 }] = await ledger.sql<
      { count: number }[]
    >`select count(*)::int as count from ledger_proposals`
    assert.equal(count, 1)
  })

  test('refuses one that says nothing or too much, an adjustment of an open period, and whoever is no operator', async (t) => {
    const ledger = await openLedgerTest(t)
    const transaction = transactionOf('CASH', 'SUSPENSE', 3n)
    const hold = { ledger_account_id: await ledger.openAccount(), amount_cents: 1n, currency: 'EUR', expires_in_s: 60 }
    const of = (body: Parameters<typeof propose>[1], caller = ada) => refusalOf(propose(ledger, body, caller))
    assert.equal(await of({ kind: 'TRANSACTION' }), 'PROPOSAL_INCOMPLETE')
    assert.equal(await of({ kind: 'HOLD', transaction }), 'PROPOSAL_INCOMPLETE')
    assert.equal(await of({ kind: 'HOLD', transaction, hold }), 'PROPOSAL_INCOMPLETE')
    assert.equal(await of({ kind: 'ADJUSTMENT', transaction }), 'PERIOD_OPEN')
    assert.equal(await of({ kind: 'TRANSACTION', transaction }, aCustomer()), 'FORBIDDEN')
    assert.equal(await of({ kind: 'TRANSACTION', transaction }, aStaffMember('compliance')), 'FORBIDDEN')
    assert.deepEqual(await ledger.published(ledgerProposalMade), [])
  })
})
