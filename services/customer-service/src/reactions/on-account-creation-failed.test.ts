import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getCustomer, listKycQueue } from '#contracts/api/customer.ts'
import { accountCreationFailed } from '#contracts/events/account.ts'
import { customerCreationRolledBack } from '#contracts/events/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { aProfile, count, createCustomer, everythingStored, openCustomerBank, submit } from '../../testing/bank.ts'

describe('account.creation.failed', () => {
  test('takes the opening back with that reason, once, and what waited for an officer waits no longer', async (t) => {
    const bank = await openCustomerBank(t)
    const [gone, stays] = [await createCustomer(bank), await createCustomer(bank)]
    await submit(bank, gone.caller)
    const failed = { customer_id: gone.customer_id, reason: 'CURRENCY_NOT_OFFERED' }
    const id = bank.receive(accountCreationFailed, failed)
    bank.receive(accountCreationFailed, failed, id)
    bank.receive(accountCreationFailed, { customer_id: newId(), reason: 'UNKNOWN_HERE' })
    await eventually(async () => (await bank.published(customerCreationRolledBack)).length === 1)
    bank.receive(accountCreationFailed, failed)
    const params = { customer_id: gone.customer_id }
    const { reply } = await bank.call(getCustomer, { params }, gone.caller)
    assert.deepEqual([reply.status, reply.kyc_status, reply.last_name], ['ROLLED_BACK', 'REJECTED', null])
    const queue = await bank.call(listKycQueue, {}, aStaffMember('compliance'))
    assert.deepEqual(queue.reply.items, [])
    assert.equal(await count(bank, 'customer_keys'), 1)
    await bank.call(getCustomer, { params: { customer_id: stays.customer_id } }, stays.caller)
    assert.deepEqual(await bank.published(customerCreationRolledBack), [failed])
    const steps =
      await bank.sql`select changed_by from kyc_steps where customer_id = ${gone.customer_id} order by sequence`
    assert.equal(steps.at(-1)?.changed_by, 'account-service')
    assert.ok(!(await everythingStored(bank)).includes(aProfile().last_name))
  })
})
