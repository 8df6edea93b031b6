import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listKycDocuments } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { createCustomer, openCustomerBank, refusalOf } from '../../../testing/bank.ts'

describe('listKycDocuments', () => {
  test('is empty before anything was given, and only the customer and staff find it', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const list = (who: typeof caller, id = customer_id) =>
      bank.call(listKycDocuments, { params: { customer_id: id } }, who)
    assert.deepEqual((await list(caller)).reply.items, [])
    assert.equal(await refusalOf(list(aCustomer())), 'NOT_FOUND')
    assert.equal(await refusalOf(list(aStaffMember('auditor'), newId())), 'CUSTOMER_NOT_FOUND')
  })
})
