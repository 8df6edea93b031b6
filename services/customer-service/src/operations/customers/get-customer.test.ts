import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addRelation, getCustomer } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aProfile, createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

describe('getCustomer', () => {
  test('shows a customer himself in full, and to staff no more than what masking lets through', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const params = { customer_id }
    const own = (await bank.call(getCustomer, { params }, caller)).reply
    assert.deepEqual([own.is_masked, own.email, own.date_of_birth], [false, aProfile().email, '1987-03-29'])
    for (const role of ['teller', 'support', 'operator', 'compliance', 'auditor', 'admin']) {
      const { reply } = await bank.call(getCustomer, { params }, aStaffMember(role))
      const { first_name, last_name, email, phone, date_of_birth, nationality, address, is_masked } = reply
      assert.deepEqual(
        { first_name, last_name, email, phone, date_of_birth, nationality, is_masked },
        {
          first_name: 'Z•••',
          last_name: 'Q•••',
          email: 'z•••@q•••.test',
          phone: '•••78',
          date_of_birth: '1987',
          nationality: null,
          is_masked: true,
        },
      )
      const rest = { street: '', building: '', postal_code: '', region: '' }
      assert.deepEqual(address, { ...rest, town: 'Matosinhos', country: 'PT' })
    }
  })

  test('is found neither by strangers nor by who acts for the customer, and staff hear that there is none', async (t) => {
    const bank = await openCustomerBank(t)
    const [{ customer_id }, bert] = [await createCustomer(bank), await createCustomer(bank)]
    const joint = { related_customer_id: bert.customer_id, relation: 'JOINT' } as const
    await bank.call(addRelation, { params: { customer_id }, body: joint }, aStaffMember('teller'))
    for (const caller of [bert.caller, aCustomer()])
      assert.equal(await refusalOf(bank.call(getCustomer, { params: { customer_id } }, caller)), 'NOT_FOUND')
    const none = bank.call(getCustomer, { params: { customer_id: newId() } }, aStaffMember('support'))
    assert.equal(await refusalOf(none), 'CUSTOMER_NOT_FOUND')
    const early = aCustomer()
    const own = bank.call(getCustomer, { params: { customer_id: early.customer_id as string } }, early)
    assert.equal(await refusalOf(own), 'CUSTOMER_NOT_FOUND')
  })

  test('does not tell a customer how risky he is found, and tells staff', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    await submit(bank, caller)
    await decide(bank, customer_id, { risk_category: 'HIGH' })
    const risk = async (who: typeof caller) =>
      (await bank.call(getCustomer, { params: { customer_id } }, who)).reply.risk_category
    assert.deepEqual([await risk(caller), await risk(aStaffMember('compliance'))], [null, 'HIGH'])
  })
})
