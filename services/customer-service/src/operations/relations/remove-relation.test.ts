import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addRelation, removeRelation as contract } from '#contracts/api/customer.ts'
import { customerRelationRemoved } from '#contracts/events/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { count, createCustomer, openCustomerBank, refusalOf } from '../../../testing/bank.ts'

const teller = aStaffMember('teller')

describe('removeRelation', () => {
  test('is for the customer and for staff, happens once when both do it, and says so in one event', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [await createCustomer(bank), await createCustomer(bank)]
    const params = { customer_id: anna.customer_id, related_customer_id: bert.customer_id }
    const body = { related_customer_id: bert.customer_id, relation: 'JOINT' } as const
    await bank.call(addRelation, { params: { customer_id: anna.customer_id }, body }, teller)
    for (const who of [bert.caller, aCustomer()])
      assert.equal(await refusalOf(bank.call(contract, { params }, who)), 'NOT_FOUND')
    assert.equal(await refusalOf(bank.call(contract, { params }, aStaffMember('support'))), 'FORBIDDEN')
    assert.equal(await count(bank, 'customer_relations'), 1)
    const ends = await Promise.allSettled([anna.caller, teller].map((who) => bank.call(contract, { params }, who)))
    const lost = ends.filter((end) => end.status === 'rejected')
    assert.equal(lost.length, 1)
    assert.equal(await refusalOf(Promise.reject(lost[0]?.reason)), 'RELATION_NOT_FOUND')
    assert.deepEqual(await bank.published(customerRelationRemoved), [params])
    const nobody = { ...params, customer_id: newId() }
    assert.equal(await refusalOf(bank.call(contract, { params: nobody }, teller)), 'CUSTOMER_NOT_FOUND')
  })
})
