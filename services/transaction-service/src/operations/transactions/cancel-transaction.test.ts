import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { type Bank, openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

type Caller = Parameters<Bank['call']>[2]

/** A transfer that has its hold and waits for its fraud check. */
async function reservedTransfer(t: Parameters<typeof openBank>[0]) {
  const bank = await openBank(t)
  const customers = twoCustomers(bank)
  const { ann, from, to } = customers
  const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
  const { transaction_id } = reply
  await bank.reachesStage(transaction_id, 'RESERVED')
  const cancel = (caller: Caller, id = transaction_id) =>
    bank.call(api.cancelTransaction, { params: { transaction_id: id } }, caller)
  return { bank, ...customers, transfer: reply, transaction_id, cancel }
}

describe('cancelTransaction', () => {
  test('takes a transfer back: its hold is released, it is cancelled, announced, and who did it is kept', async (t) => {
    const { bank, ann, from, to, transaction_id, cancel } = await reservedTransfer(t)
    const { status, reply } = await cancel(ann)
    assert.equal(status, 202)
    assert.equal(reply.status, 'PENDING')
    const cancelled = await bank.reaches(transaction_id, 'CANCELLED')
    assert.equal(cancelled.failure_code, null)
    assert.notEqual(cancelled.completed_at, null)
    assert.equal(bank.ledger.available(from), 1_000n)
    assert.deepEqual(await bank.published(events.transactionCancelled), [
      {
        ...{ transaction_id, account_id: from, related_account_id: to, amount_cents: 250n, currency: 'EUR' },
        cancelled_by: ann.sub,
      },
    ])
    assert.equal((await bank.published(events.transactionFailed)).length, 0)
    const [kept] = await bank.sql`select action, status_before, status_after, reason, acted_by from transaction_audit`
    assert.deepEqual(
      { ...kept },
      { action: 'CANCELLED', status_before: 'PENDING', status_after: 'CANCELLED', reason: null, acted_by: ann.sub },
    )
    const [act] = await bank.owner`select change_encrypted from audit_outbox where operation = 'cancelTransaction'`
    assert.notEqual(act?.change_encrypted, null)
    assert.equal((await cancel(ann)).reply.status, 'CANCELLED')
    assert.equal((await bank.sql`select 1 from transaction_audit`).count, 1)
    assert.equal((await bank.sql`select 1 from unsettled_transactions`).count, 0)
  })

  test('one that is taken back while its hold is asked for gives the hold back, and no fraud check is asked for', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    bank.ledger.loseAnswers('hold')
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const { transaction_id } = reply
    await eventually(() => bank.ledger.asked.hold >= 1)
    await bank.call(api.cancelTransaction, { params: { transaction_id } }, ann)
    assert.equal(bank.ledger.available(from), 750n)
    bank.ledger.mend()
    await bank.reaches(transaction_id, 'CANCELLED')
    assert.equal(bank.ledger.available(from), 1_000n)
    assert.equal((await bank.published(events.transactionBalanceReserved)).length, 0)
  })

  test('of cancelling and a verdict exactly one wins, and the money is in one place', async (t) => {
    const { bank, ann, from, to, transfer, transaction_id, cancel } = await reservedTransfer(t)
    bank.judge(transfer, 'ALLOW')
    const [settled] = await Promise.allSettled([cancel(ann)])
    const isCancelled = settled?.status === 'fulfilled'
    await bank.reaches(transaction_id, isCancelled ? 'CANCELLED' : 'COMPLETED')
    assert.equal(bank.ledger.available(from), isCancelled ? 1_000n : 750n)
    assert.equal(bank.ledger.balances.get(to), isCancelled ? 0n : 250n)
    if (!isCancelled) assert.match(String(settled?.status === 'rejected' && settled.reason), /booked/)
  })

  test('of cancelling and an approval exactly one wins', async (t) => {
    const { bank, ann, transfer, transaction_id, cancel } = await reservedTransfer(t)
    bank.judge(transfer, 'REVIEW')
    await bank.reaches(transaction_id, 'AWAITING_APPROVAL')
    const input = { params: { transaction_id }, body: { reason: 'known' } }
    const both = await Promise.allSettled([cancel(ann), bank.call(api.approveTransaction, input, bank.operator)])
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1)
    await bank.reaches(transaction_id, both[0]?.status === 'fulfilled' ? 'CANCELLED' : 'COMPLETED')
    assert.equal((await bank.sql`select 1 from transaction_audit`).count, 1)
  })

  test('refuses what is booked or has ended, and what is not the payer’s own', async (t) => {
    const { bank, ann, bob, from, transfer, transaction_id, cancel } = await reservedTransfer(t)
    for (const stranger of [bob, aCustomer()]) await assert.rejects(cancel(stranger), refusedWith('NOT_FOUND'))
    const viewer = aCustomer()
    bank.accounts.get(from)?.owners.push({ customer_id: viewer.customer_id as string, capabilities: ['view'] })
    await assert.rejects(cancel(viewer), refusedWith('NOT_FOUND'))
    await assert.rejects(cancel(ann, newId()), refusedWith('NOT_FOUND'))
    await assert.rejects(cancel(aStaffMember('operator')), refusedWith('FORBIDDEN'))
    assert.equal((await bank.transactionOf(transaction_id)).status, 'PENDING')
    bank.judge(transfer, 'ALLOW')
    await bank.reaches(transaction_id, 'COMPLETED')
    await assert.rejects(cancel(ann), refusedWith('NOT_CANCELLABLE'))
    await assert.rejects(cancel(bob), refusedWith('NOT_FOUND'))
    assert.equal((await bank.sql`select 1 from transaction_audit`).count, 0)
  })
})
