import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import { type Bank, openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

type Caller = Parameters<Bank['call']>[2]
const body = { reason_code: 'DUPLICATE' as const, reason: 'Sent twice, says the payer' }

/** A transfer of 250 that has been booked. */
async function completedTransfer(t: Parameters<typeof openBank>[0]) {
  const bank = await openBank(t)
  const customers = twoCustomers(bank)
  const { ann, from, to } = customers
  const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
  const { transaction_id } = reply
  await bank.reachesStage(transaction_id, 'RESERVED')
  bank.judge(reply, 'ALLOW')
  const completed = await bank.reaches(transaction_id, 'COMPLETED')
  const reverse = (caller: Caller = bank.operator, id = transaction_id, key = aKey()) =>
    bank.call(api.reverseCompletedTransaction, { params: { transaction_id: id }, body }, caller, { key })
  return { bank, ...customers, completed, transaction_id, reverse }
}

describe('reverseCompletedTransaction', () => {
  test('undoes a transfer by its opposite; the two are linked, announced, and who did it and why is kept', async (t) => {
    const { bank, from, to, transaction_id, reverse } = await completedTransfer(t)
    const { status, reply } = await reverse()
    assert.equal(status, 202)
    assert.deepEqual(
      [reply.transaction_type, reply.status, reply.reversal_of],
      ['REVERSAL', 'PROCESSING', transaction_id],
    )
    assert.deepEqual([reply.source_account_id, reply.destination_account_id], [to, from])
    const reversal = await bank.reaches(reply.transaction_id, 'COMPLETED')
    assert.notEqual(reversal.booked_at, null)
    const original = await bank.reaches(transaction_id, 'REVERSED')
    assert.equal(original.reversed_by, reversal.transaction_id)
    assert.notEqual(original.completed_at, null)
    assert.equal(bank.ledger.balances.get(from), 1_000n)
    assert.equal(bank.ledger.balances.get(to), 0n)
    assert.deepEqual(await bank.published(events.transactionReversed), [
      {
        ...{ transaction_id, reversal_transaction_id: reversal.transaction_id, reason_code: 'DUPLICATE' },
        ...{ account_id: from, related_account_id: to, amount_cents: 250n, currency: 'EUR' },
      },
    ])
    const ends = await bank.published(events.transactionCompleted)
    assert.deepEqual(
      ends.map(({ transaction_type }) => transaction_type),
      ['TRANSFER', 'REVERSAL'],
    )
    const [kept] = await bank.sql`select action, status_after, reason, acted_by from transaction_audit`
    assert.deepEqual(
      { ...kept },
      { action: 'REVERSED', status_after: 'REVERSED', reason: body.reason, acted_by: bank.operator.sub },
    )
    const spoken = JSON.stringify([
      ...(await bank.sql`select data from outbox_events`),
      ...(await bank.sql`select data from transaction_events`),
      ...[...bank.ledger.booked.values()].map(({ description }) => description),
    ])
    assert.ok(!spoken.includes(body.reason), 'the text of people stays out of events and of the books')
  })

  test('undoes cash and imported rows the same way', async (t) => {
    const bank = await openBank(t)
    const account_id = bank.openAccount(aCustomer(), { balance_cents: 1_000n })
    const cash = { body: { account_id, amount_cents: 400n, currency: 'EUR' } }
    const row = {
      account_id,
      direction: 'CREDIT' as const,
      amount_cents: 70n,
      currency: 'EUR',
      value_date: '2020-05-05',
    }
    await bank.call(api.depositCash, cash, bank.teller, { key: aKey() })
    await bank.call(api.withdrawCash, cash, bank.teller, { key: aKey() })
    const batch_id = newId()
    const rows = [{ ...row, description: '', external_reference: 'row-00001' }]
    await bank.call(api.bookBatch, { body: { batch_id, rows } }, bank.operator)
    const begun = await bank.sql<{ transaction_id: string }[]>`select transaction_id from transactions`
    for (const { transaction_id } of begun) await bank.reaches(transaction_id, 'COMPLETED')
    const other = aStaffMember('operator')
    for (const { transaction_id } of begun) {
      const input = { params: { transaction_id }, body }
      await bank.call(api.reverseCompletedTransaction, input, other, { key: aKey() })
      await bank.reaches(transaction_id, 'REVERSED')
    }
    assert.equal(bank.ledger.balances.get(account_id), 1_000n)
    for (const code of ['CASH', 'IMPORT_CLEARING']) assert.equal(bank.ledger.balances.get(code), 0n)
    const batch = (await bank.call(api.getBatch, { params: { batch_id } }, other)).reply
    assert.deepEqual([batch.completed, batch.pending], [1, 0])
  })

  test('where the payee does not have the money any more it fails, nothing moves, and it may be tried again', async (t) => {
    const { bank, from, to, transaction_id, reverse } = await completedTransfer(t)
    bank.ledger.balances.set(to, 249n)
    const { reply } = await reverse()
    const failed = await bank.reaches(reply.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'INSUFFICIENT_FUNDS')
    assert.equal((await bank.transactionOf(transaction_id)).status, 'COMPLETED')
    assert.equal(bank.ledger.balances.get(from), 750n)
    assert.equal((await bank.published(events.transactionReversed)).length, 0)
    bank.ledger.balances.set(to, 250n)
    await reverse()
    await bank.reaches(transaction_id, 'REVERSED')
    assert.equal(bank.ledger.balances.get(from), 1_000n)
  })

  test('two operators at once undo once; the same key again answers the same; an answer that is lost is asked for again', async (t) => {
    const { bank, from, transaction_id, reverse } = await completedTransfer(t)
    bank.ledger.loseAnswers('reverse')
    const key = aKey()
    const settled = await Promise.allSettled([
      reverse(bank.operator, transaction_id, key),
      reverse(aStaffMember('operator')),
    ])
    const refused = settled.filter((one) => one.status === 'rejected')
    assert.equal(refused.length, 1)
    assert.equal(refused[0]?.reason.kind.code, 'ALREADY_REVERSED')
    await assert.rejects(reverse(aStaffMember('operator')), refusedWith('ALREADY_REVERSED'))
    bank.ledger.mend()
    await bank.reaches(transaction_id, 'REVERSED')
    assert.equal(bank.ledger.balances.get(from), 1_000n)
    if (settled[0]?.status === 'fulfilled') {
      const again = await reverse(bank.operator, transaction_id, key)
      assert.equal(again.reply.transaction_id, settled[0].value.reply.transaction_id)
    }
    await assert.rejects(reverse(aStaffMember('operator')), refusedWith('ALREADY_REVERSED'))
    assert.equal((await bank.sql`select 1 from transactions where transaction_type = 'REVERSAL'`).count, 1)
  })

  test('refuses who had a part in it, what is not completed, and what undoes', async (t) => {
    const { bank, ann, bob, from, to, transaction_id, reverse } = await completedTransfer(t)
    const initiator = { ...aStaffMember('operator'), sub: ann.sub }
    await assert.rejects(reverse(initiator), refusedWith('OWN_TRANSACTION'))
    for (const { customer_id } of [ann, bob])
      await assert.rejects(reverse({ ...aStaffMember('operator'), customer_id }), refusedWith('OWN_ACCOUNT'))
    await bank.owner`update transactions set approved_by = ${bank.operator.sub}`
    await assert.rejects(reverse(), refusedWith('OWN_TRANSACTION'))
    await bank.owner`update transactions set approved_by = null`
    for (const caller of [ann, aCustomer(), aStaffMember('teller')])
      await assert.rejects(reverse(caller), refusedWith('FORBIDDEN'))
    await assert.rejects(reverse(bank.operator, newId()), refusedWith('TRANSACTION_NOT_FOUND'))
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    await assert.rejects(reverse(bank.operator, reply.transaction_id), refusedWith('NOT_REVERSIBLE'))
    const reversal = (await reverse()).reply
    await bank.reaches(transaction_id, 'REVERSED')
    await assert.rejects(reverse(aStaffMember('operator'), reversal.transaction_id), refusedWith('NOT_REVERSIBLE'))
    assert.equal((await bank.sql`select 1 from reversals`).count, 1)
  })
})
