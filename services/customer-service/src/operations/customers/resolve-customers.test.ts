import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addRelation, resolveCustomers as contract } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aService, aStaffMember } from '#libs/testing/callers.ts'
import {
  aVerifiedCustomer,
  createCustomer,
  decide,
  openCustomerBank,
  refusalOf,
  submit,
} from '../../../testing/bank.ts'

const asker = aService('account-service')

describe('resolveCustomers', () => {
  test('tells standing, name, address and relations of those it knows, and nothing personal of a husk', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [await aVerifiedCustomer(bank), await createCustomer(bank)]
    const delegate = { related_customer_id: bert.customer_id, relation: 'DELEGATE' } as const
    await bank.call(addRelation, { params: { customer_id: anna.customer_id }, body: delegate }, aStaffMember('teller'))
    const gone = await createCustomer(bank)
    await submit(bank, gone.caller)
    await decide(bank, gone.customer_id, { decision: 'REJECT' })
    const customer_ids = [anna.customer_id, bert.customer_id, gone.customer_id, newId()]
    const { items } = (await bank.call(contract, { body: { customer_ids } }, asker)).reply
    const byId = new Map(items.map((one) => [one.customer_id, one]))
    assert.equal(items.length, 3)
    assert.deepEqual(byId.get(anna.customer_id), {
      customer_id: anna.customer_id,
      user_id: anna.caller.sub,
      status: 'ACTIVE',
      kyc_status: 'VERIFIED',
      first_name: 'Zuzanna',
      last_name: 'Quillfeather',
      email: 'zuzanna.q@quillfeather.test',
      phone: '+351912345678',
      relations: [{ ...delegate, capabilities: ['view'] }],
    })
    assert.deepEqual(byId.get(bert.customer_id)?.relations, [])
    assert.deepEqual(byId.get(gone.customer_id), {
      customer_id: gone.customer_id,
      user_id: gone.caller.sub,
      status: 'ROLLED_BACK',
      kyc_status: 'REJECTED',
      ...{ first_name: null, last_name: null, email: null, phone: null, relations: [] },
    })
  })

  test('is for the services that the contract names', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const body = { customer_ids: [customer_id] }
    for (const who of [caller, aStaffMember('admin'), aService('fraud-service')])
      assert.equal(await refusalOf(bank.call(contract, { body }, who)), 'FORBIDDEN')
    assert.deepEqual((await bank.call(contract, { body: { customer_ids: [] } }, asker)).reply.items, [])
  })
})
