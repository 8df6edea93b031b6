import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { listOf, openNotices } from '../../../testing/open-notices.ts'

const money = { amount_cents: 5_000n, currency: 'JPY' } as const

describe('events of transactions that were not booked, or undone', () => {
  test('tell who would have paid, and of a reversal both sides', async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    const transaction_id = newId()
    const about = { transaction_id, account_id: ann.account_id, ...money }
    const both = { ...about, related_account_id: bob.account_id }
    bank.receive(events.transactionFailed, { ...about, code: 'INSUFFICIENT_FUNDS' })
    bank.receive(events.transactionCancelled, { ...both, cancelled_by: ann.user_id })
    bank.receive(events.transactionReversed, { ...both, reversal_transaction_id: newId(), reason_code: 'FRAUD' })
    const list = await listOf(bank, ann, 3)
    assert.deepEqual(
      list.map(({ template_id, subject_id }) => [template_id, subject_id]),
      ['reversed', 'cancelled', 'failed'].map((end) => [`transaction.${end}`, transaction_id]),
    )
    assert.match(list[2]?.body ?? '', /^A transaction of 5,000 JPY on the account ending 1000 was not carried out/)
    assert.deepEqual(
      (await listOf(bank, bob)).map(({ template_id }) => template_id),
      ['transaction.reversed'],
    )
  })

  test('tell of a new payee who saved him, and the customer for whom another did, each once', async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    const about = { beneficiary_type: 'INTERNAL', customer_id: ann.customer_id } as const
    bank.receive(events.beneficiaryAdded, { ...about, beneficiary_id: newId(), user_id: ann.user_id })
    bank.receive(events.beneficiaryAdded, { ...about, beneficiary_id: newId(), user_id: bob.user_id })
    assert.equal((await listOf(bank, ann, 2)).length, 2)
    assert.equal((await listOf(bank, bob)).length, 1)
  })
})
