import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { ledgerHoldReleased } from '#contracts/events/ledger.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type Bank, openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

const body = { reason: 'The customer called' }

async function waitingTransfer(bank: Bank, ann = aCustomer()) {
  const from = bank.openAccount(ann, { balance_cents: 1_000n })
  const to = bank.openAccount(aCustomer())
  const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
  await bank.reachesStage(reply.transaction_id, 'RESERVED')
  bank.judge(reply, 'REVIEW')
  const waiting = await bank.reaches(reply.transaction_id, 'AWAITING_APPROVAL')
  return { from, to, waiting, input: { params: { transaction_id: reply.transaction_id }, body } }
}

describe('approveTransaction', () => {
  test('lets a waiting transfer go on; who approved stays with it, and it is announced', async (t) => {
    const bank = await openBank(t)
    const { to, waiting, input } = await waitingTransfer(bank)
    assert.equal(waiting.requires_approval, true)
    assert.equal(waiting.fraud_score, 7)
    const [required] = await bank.published(events.transactionApprovalRequired)
    assert.equal(required?.rule, 'rule-1')
    const params = { transaction_id: waiting.transaction_id.toUpperCase() }
    const { status, reply } = await bank.call(api.approveTransaction, { ...input, params }, bank.operator)
    assert.equal(status, 202)
    assert.equal(reply.status, 'PROCESSING')
    assert.equal(reply.approved_by, bank.operator.sub)
    await bank.reaches(waiting.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.balances.get(to), 250n)
    const [row] = await bank.sql`select decision_reason from transactions`
    assert.equal(row?.decision_reason, body.reason)
    const spoken = JSON.stringify([
      ...(await bank.sql`select data from outbox_events`),
      ...(await bank.sql`select data from transaction_events`),
    ])
    assert.ok(!spoken.includes(body.reason), 'the text of people stays out of events')
  })

  test('two operators at once approve once', async (t) => {
    const bank = await openBank(t)
    const { waiting, to, input } = await waitingTransfer(bank)
    const both = [bank.operator, aStaffMember('operator')].map((who) => bank.call(api.approveTransaction, input, who))
    const settled = await Promise.allSettled(both)
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1)
    await bank.reaches(waiting.transaction_id, 'COMPLETED')
    assert.equal(bank.ledger.balances.get(to), 250n)
  })

  test('refuses who began it, who may not, what does not wait, and what is not there', async (t) => {
    const bank = await openBank(t)
    const both = { ...aCustomer(), roles: ['customer', 'operator'] }
    const { waiting, input } = await waitingTransfer(bank, both)
    const approve = (caller: Parameters<typeof bank.call>[2], params = input.params) =>
      bank.call(api.approveTransaction, { params, body }, caller)
    await assert.rejects(approve(both), refusedWith('OWN_TRANSACTION'))
    await assert.rejects(approve(aStaffMember('teller')), refusedWith('FORBIDDEN'))
    await assert.rejects(approve(aCustomer()), refusedWith('FORBIDDEN'))
    await assert.rejects(approve(bank.operator, { transaction_id: newId() }), refusedWith('TRANSACTION_NOT_FOUND'))
    assert.equal((await bank.transactionOf(waiting.transaction_id)).status, 'AWAITING_APPROVAL')
    await approve(bank.operator)
    await assert.rejects(approve(bank.operator), refusedWith('NOT_AWAITING_APPROVAL'))
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await assert.rejects(
      approve(bank.operator, { transaction_id: reply.transaction_id }),
      refusedWith('NOT_AWAITING_APPROVAL'),
    )
  })

  test('one whose hold has run out can no longer be approved, and fails as soon as the ledger says so', async (t) => {
    const bank = await openBank(t)
    const { from, waiting, input } = await waitingTransfer(bank)
    for (const hold of bank.ledger.holds.values()) hold.status = 'EXPIRED'
    await assert.rejects(bank.call(api.approveTransaction, input, bank.operator), refusedWith('APPROVAL_EXPIRED'))
    assert.equal((await bank.transactionOf(waiting.transaction_id)).status, 'AWAITING_APPROVAL')
    const [hold_id] = [...bank.ledger.holds.keys()] as [string]
    const about = { account_id: from, amount_cents: 250n }
    bank.receive(ledgerHoldReleased, { ...about, hold_id: newId(), reason_code: 'EXPIRED' })
    bank.receive(ledgerHoldReleased, { ...about, hold_id, reason_code: 'EXPIRED' })
    const failed = await bank.reaches(waiting.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'APPROVAL_EXPIRED')
    assert.equal(bank.ledger.balances.get(from), 1_000n)
    assert.equal((await bank.sql`select 1 from waiting_transactions`).count, 0)
    await assert.rejects(bank.call(api.approveTransaction, input, bank.operator), refusedWith('NOT_AWAITING_APPROVAL'))
  })

  test('refuses who owns one of the accounts, on either side, whoever began it', async (t) => {
    const bank = await openBank(t)
    const ann = aCustomer()
    const { to, waiting, input } = await waitingTransfer(bank, ann)
    const payee = bank.accounts.get(to)?.owners[0]?.customer_id as string
    for (const customer_id of [ann.customer_id, payee]) {
      const clerk = { ...aStaffMember('operator'), customer_id }
      await assert.rejects(bank.call(api.approveTransaction, input, clerk), refusedWith('OWN_TRANSACTION'))
      await assert.rejects(bank.call(api.rejectTransaction, input, clerk), refusedWith('OWN_TRANSACTION'))
    }
    assert.equal((await bank.transactionOf(waiting.transaction_id)).status, 'AWAITING_APPROVAL')
    const stranger = { ...aStaffMember('operator'), customer_id: newId() }
    await bank.call(api.approveTransaction, input, stranger)
  })
})
