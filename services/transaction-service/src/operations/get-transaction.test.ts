import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/transaction.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { openBank, twoCustomers } from '../../testing/open-bank.ts'
import { refusedWith } from '../../testing/refused-with.ts'

describe('getTransaction', () => {
  test('is seen from both of its ends, by staff and by fraud-service, and by nobody else', async (t) => {
    const bank = await openBank(t)
    const { ann, bob, from, to } = twoCustomers(bank)
    const { reply } = await bank.transfer(ann, { source_account_id: from, destination_account_id: to })
    const get = (caller: Parameters<typeof bank.call>[2], transaction_id = reply.transaction_id) =>
      bank.call(api.getTransaction, { params: { transaction_id } }, caller)
    for (const caller of [ann, bob, aStaffMember('auditor'), aService('fraud-service')])
      assert.equal((await get(caller)).reply.transaction_ref, reply.transaction_ref)
    await assert.rejects(get(aCustomer()), refusedWith('NOT_FOUND'))
    await assert.rejects(get(ann, newId()), refusedWith('NOT_FOUND'))
    await assert.rejects(get(aStaffMember('underwriter')), refusedWith('FORBIDDEN'))
    await assert.rejects(get(aStaffMember('auditor'), newId()), refusedWith('TRANSACTION_NOT_FOUND'))
  })
})
