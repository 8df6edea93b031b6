import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { listKycHistory } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

describe('listKycHistory', () => {
  test('holds every step in order, who did it and why, and no step can be changed or taken away', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    await submit(bank, caller)
    const officer = aStaffMember('compliance')
    await decide(bank, customer_id, { decision: 'REJECT', is_final: false, reason: 'Blurred' }, officer)
    const { items } = (await bank.call(listKycHistory, { params: { customer_id } }, aStaffMember('auditor'))).reply
    assert.deepEqual(
      items.map(({ sequence, kyc_status, reason, changed_by }) => [sequence, kyc_status, reason, changed_by]),
      [
        [1, 'PENDING', null, caller.sub],
        [2, 'IN_REVIEW', null, caller.sub],
        [3, 'REJECTED', 'Blurred', officer.sub],
      ],
    )
    await assert.rejects(bank.sql`update kyc_steps set changed_by = 'nobody'`, /permission denied/)
    await assert.rejects(bank.sql`delete from kyc_steps`, /permission denied/)
  })

  test('is for those who check, not for the customer', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const asked = (who: typeof caller, id = customer_id) =>
      refusalOf(bank.call(listKycHistory, { params: { customer_id: id } }, who))
    assert.equal(await asked(caller), 'FORBIDDEN')
    assert.equal(await asked(aStaffMember('teller')), 'FORBIDDEN')
    assert.equal(await asked(aStaffMember('admin'), newId()), 'CUSTOMER_NOT_FOUND')
  })
})
