import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import * as events from '#contracts/events/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

const body = { reason: 'The payee is not known' }

describe('rejectTransaction', () => {
  test('gives the hold back and then the transfer has failed', async (t) => {
    const bank = await openBank(t)
    const { ann, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const params = { transaction_id: reply.transaction_id }
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'STEP_UP')
    await bank.reaches(reply.transaction_id, 'AWAITING_APPROVAL')
    assert.equal(bank.ledger.available(from), 750n)

    const { status, reply: rejected } = await bank.call(api.rejectTransaction, { params, body }, bank.operator)
    assert.equal(status, 202)
    assert.equal(rejected.status, 'PENDING')
    assert.equal(rejected.failure_code, null)
    const failed = await bank.reaches(reply.transaction_id, 'FAILED')
    assert.equal(failed.failure_code, 'REJECTED')
    assert.equal(failed.approved_by, null)
    assert.equal(bank.ledger.available(from), 1_000n)
    assert.equal((await bank.published(events.transactionReleasing))[0]?.code, 'REJECTED')
    assert.equal((await bank.published(events.transactionFailed))[0]?.code, 'REJECTED')
    const again = bank.call(api.rejectTransaction, { params, body }, bank.operator)
    await assert.rejects(again, refusedWith('NOT_AWAITING_APPROVAL'))
    const late = bank.call(api.approveTransaction, { params, body }, bank.operator)
    await assert.rejects(late, refusedWith('NOT_AWAITING_APPROVAL'))
  })

  test('refuses who began it, who may not, and what is not there', async (t) => {
    const bank = await openBank(t)
    const both = { ...aCustomer(), roles: ['customer', 'operator'] }
    const from = bank.openAccount(both, { balance_cents: 1_000n })
    const to = bank.openAccount(aCustomer())
    const { reply } = await bank.transfer(both, { source_account_id: from, destination_account_id: to })
    await bank.reachesStage(reply.transaction_id, 'RESERVED')
    bank.judge(reply, 'REVIEW')
    await bank.reaches(reply.transaction_id, 'AWAITING_APPROVAL')
    const params = { transaction_id: reply.transaction_id }
    const nowhere = { transaction_id: newId() }
    const cases = [
      ['OWN_TRANSACTION', both, params],
      ['FORBIDDEN', aStaffMember('compliance'), params],
      ['TRANSACTION_NOT_FOUND', bank.operator, nowhere],
    ] as const
    for (const [code, caller, which] of cases)
      await assert.rejects(bank.call(api.rejectTransaction, { params: which, body }, caller), refusedWith(code))
    assert.equal((await bank.transactionOf(reply.transaction_id)).status, 'AWAITING_APPROVAL')
  })
})
