import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { openBank, twoCustomers } from '../../../testing/open-bank.ts'
import { refusedWith } from '../../../testing/refused-with.ts'

describe('listAccountTransactions', () => {
  test('shows an account from either side, filtered and paged, to those who may see it', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    for (let i = 0; i < 3; i++) await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const { reply: fourth } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const list = async (caller: Parameters<typeof bank.call>[2], account_id: string, query = {}) =>
      (await bank.call(api.listAccountTransactions, { params: { account_id }, query }, caller)).reply
    assert.equal((await list(ann, from)).items.length, 4)
    assert.equal((await list(bob, to)).items.length, 0)
    assert.equal((await list(aStaffMember('support'), to)).items.length, 4)
    for (const { transaction_id } of (await list(ann, from)).items) {
      if (transaction_id === fourth.transaction_id) continue
      await bank.reachesStage(transaction_id, 'RESERVED')
      bank.judge(await bank.transactionOf(transaction_id), 'ALLOW')
      await bank.reaches(transaction_id, 'COMPLETED')
    }
    assert.equal((await list(bob, to)).items.length, 3)
    assert.equal((await list(aStaffMember('compliance'), to, { status: 'COMPLETED' })).items.length, 3)
    const first = await list(bob, to, { limit: 2 })
    assert.equal(first.items.length, 2)
    assert.equal((await list(bob, to, { limit: 2, cursor: first.next_cursor })).items.length, 1)
    await assert.rejects(list(bob, from), refusedWith('NOT_FOUND'))
    await assert.rejects(list(aCustomer(), from), refusedWith('NOT_FOUND'))
    await assert.rejects(list(bob, to, { cursor: 'x' }), refusedWith('CURSOR_WRONG'))
  })
})
