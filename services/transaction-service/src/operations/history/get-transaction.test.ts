import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('getTransaction', () => {
  test('is seen by who pays, by staff and by fraud-service, and by nobody else', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const get = (caller: Parameters<typeof bank.call>[2], transaction_id = reply.transaction_id) =>
      bank.call(api.getTransaction, { params: { transaction_id } }, caller)
    for (const caller of [ann, aStaffMember('auditor'), aService('fraud-service')])
      assert.equal((await get(caller)).reply.transaction_ref, reply.transaction_ref)
    await assert.rejects(get(aCustomer()), refusedWith('NOT_FOUND'))
    await assert.rejects(get(bob), refusedWith('NOT_FOUND'))
    await assert.rejects(get(ann, newId()), refusedWith('NOT_FOUND'))
    await assert.rejects(get(aStaffMember('underwriter')), refusedWith('FORBIDDEN'))
    await assert.rejects(get(aStaffMember('auditor'), newId()), refusedWith('TRANSACTION_NOT_FOUND'))
  })

  test('is seen by who is paid once the money has come, and by no payee when it never does', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    const get = (transaction_id: string) => bank.call(api.getTransaction, { params: { transaction_id } }, bob)
    for (const [decision, end] of [
      ['ALLOW', 'COMPLETED'],
      ['BLOCK', 'FAILED'],
    ] as const) {
      const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
      await bank.reachesStage(reply.transaction_id, 'RESERVED')
      await assert.rejects(get(reply.transaction_id), refusedWith('NOT_FOUND'))
      bank.judge(reply, decision)
      await bank.reaches(reply.transaction_id, end)
      if (end === 'FAILED') await assert.rejects(get(reply.transaction_id), refusedWith('NOT_FOUND'))
      else assert.equal((await get(reply.transaction_id)).reply.status, 'COMPLETED')
    }
  })

  test('tells customers neither the score, nor who else acted, nor that the fraud check stopped it; staff all', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    const get = async (caller: Parameters<typeof bank.call>[2], transaction_id: string) =>
      (await bank.call(api.getTransaction, { params: { transaction_id } }, caller)).reply
    const begin = async (decision: 'REVIEW' | 'BLOCK') => {
      const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
      await bank.reachesStage(reply.transaction_id, 'RESERVED')
      bank.judge(reply, decision)
      return reply.transaction_id
    }
    const approved = await begin('REVIEW')
    await bank.reaches(approved, 'AWAITING_APPROVAL')
    const input = { params: { transaction_id: approved }, body: { reason: 'known' } }
    await bank.call(api.approveTransaction, input, bank.operator)
    const whole = await bank.reaches(approved, 'COMPLETED')
    assert.deepEqual([whole.fraud_score, whole.approved_by, whole.initiated_by], [7, bank.operator.sub, ann.sub])
    const [payer, payee] = [await get(ann, approved), await get(bob, approved)]
    assert.deepEqual([payer.fraud_score, payer.approved_by, payer.initiated_by], [null, null, ann.sub])
    assert.deepEqual([payee.fraud_score, payee.approved_by, payee.initiated_by], [null, null, null])
    const blocked = await begin('BLOCK')
    assert.equal((await bank.reaches(blocked, 'FAILED')).failure_code, 'FRAUD_BLOCKED')
    assert.equal((await get(ann, blocked)).failure_code, 'REFUSED')
  })
})
