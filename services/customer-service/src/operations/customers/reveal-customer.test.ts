import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { revealCustomer } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aProfile, createCustomer, everythingStored, openCustomerBank, refusalOf } from '../../../testing/bank.ts'

describe('revealCustomer', () => {
  test('shows staff everything, and the trail says who looked at whom, with the reason sealed and nothing that was seen', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id } = await createCustomer(bank)
    const teller = aStaffMember('teller')
    const body = { reason: 'He stands before me with his passport' }
    const { reply } = await bank.call(revealCustomer, { params: { customer_id }, body }, teller)
    assert.deepEqual([reply.is_masked, reply.email, reply.phone], [false, aProfile().email, '+351912345678'])
    const acts = await bank.sql`
      select user_id, entity_id, outcome, change_encrypted is not null as is_sealed from audit_outbox where operation = 'revealCustomer'`
    assert.deepEqual([...acts], [{ user_id: teller.sub, entity_id: customer_id, outcome: 'done', is_sealed: true }])
    const stored = await everythingStored(bank)
    for (const planted of [body.reason, aProfile().email, aProfile().last_name]) assert.ok(!stored.includes(planted))
  })

  test('is for those who serve and check customers, and needs a reason and a customer', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id, caller } = await createCustomer(bank)
    const body = { reason: 'curious' }
    for (const who of [caller, aCustomer(), aStaffMember('auditor'), aStaffMember('operator')])
      assert.equal(await refusalOf(bank.call(revealCustomer, { params: { customer_id }, body }, who)), 'FORBIDDEN')
    const none = bank.call(revealCustomer, { params: { customer_id: newId() }, body }, aStaffMember('support'))
    assert.equal(await refusalOf(none), 'CUSTOMER_NOT_FOUND')
  })
})
