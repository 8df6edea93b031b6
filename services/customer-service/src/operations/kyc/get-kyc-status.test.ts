import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getKycStatus } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

describe('getKycStatus', () => {
  test('tells where a verification stands; how risky the bank finds somebody is for staff alone', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const status = async (who: typeof caller) => (await bank.call(getKycStatus, { params: { customer_id } }, who)).reply
    const before = await status(caller)
    assert.deepEqual([before.kyc_status, before.submitted_at, before.documents], ['PENDING', null, []])
    await submit(bank, caller)
    await decide(bank, customer_id, { risk_category: 'HIGH' })
    const [own, staffs] = [await status(caller), await status(aStaffMember('support'))]
    assert.deepEqual([own.kyc_status, own.risk_category, staffs.risk_category], ['VERIFIED', null, 'HIGH'])
    assert.ok(own.submitted_at && own.decided_at && own.expires_on)
    assert.deepEqual(own.reasons, [])
  })

  test('is not for strangers', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id } = await createCustomer(bank)
    const asked = (who: ReturnType<typeof aCustomer>, id = customer_id) =>
      refusalOf(bank.call(getKycStatus, { params: { customer_id: id } }, who))
    assert.equal(await asked(aCustomer()), 'NOT_FOUND')
    assert.equal(await asked(aStaffMember('admin'), newId()), 'CUSTOMER_NOT_FOUND')
  })
})
