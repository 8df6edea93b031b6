import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { type Bank, openBank, twoCustomers } from '../../testing/open-bank.ts'
import { refusedWith } from '../../testing/refused-with.ts'

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
      ...(await bank.sql`select data from outbox`),
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

  test('a hold that has ended meanwhile is not captured: the approved transfer fails and nothing moves', async (t) => {
    const bank = await openBank(t)
    const { from, waiting, input } = await waitingTransfer(bank)
    for (const hold of bank.ledger.holds.values()) hold.status = 'EXPIRED'
    await bank.call(api.approveTransaction, input, bank.operator)
    const failed = await bank.reaches(waiting.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'HOLD_NOT_ACTIVE')
    assert.equal(bank.ledger.balances.get(from), 1_000n)
  })
})
