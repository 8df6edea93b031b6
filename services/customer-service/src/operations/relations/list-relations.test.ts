import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addRelation, listRelations } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { createCustomer, openCustomerBank, refusalOf } from '../../../testing/bank.ts'

describe('listRelations', () => {
  test('tells the customer and staff who acts for him; who acts for him does not find it', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [await createCustomer(bank), await createCustomer(bank)]
    const params = { customer_id: anna.customer_id }
    const body = {
      related_customer_id: bert.customer_id,
      relation: 'DELEGATE',
      capabilities: ['debit', 'view'],
    } as const
    const wish = { ...body, capabilities: [...body.capabilities] }
    await bank.call(addRelation, { params, body: wish }, aStaffMember('teller'))
    for (const who of [anna.caller, aStaffMember('auditor')]) {
      const { items } = (await bank.call(listRelations, { params }, who)).reply
      assert.deepEqual(
        items.map(({ related_customer_id, relation, capabilities }) => [related_customer_id, relation, capabilities]),
        [[bert.customer_id, 'DELEGATE', ['view', 'debit']]],
      )
    }
    for (const who of [bert.caller, aCustomer()])
      assert.equal(await refusalOf(bank.call(listRelations, { params }, who)), 'NOT_FOUND')
    const none = bank.call(listRelations, { params: { customer_id: newId() } }, aStaffMember('support'))
    assert.equal(await refusalOf(none), 'CUSTOMER_NOT_FOUND')
  })
})
