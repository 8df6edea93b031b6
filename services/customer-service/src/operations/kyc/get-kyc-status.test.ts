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

  test('tells compliance and auditors who handed in and what was declared, and nobody else', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const said = { occupation: 'Lighthousekeeper', source_of_funds: 'INHERITANCE', tax_residencies: ['PT'] } as const
    const answers = { ...said, tax_residencies: [...said.tax_residencies], is_politically_exposed: true }
    const seenBy = async (who: typeof caller) => {
      const { reply } = await bank.call(getKycStatus, { params: { customer_id } }, who)
      const { submitted_by, occupation, source_of_funds, is_politically_exposed, tax_residencies } = reply
      return { submitted_by, occupation, source_of_funds, is_politically_exposed, tax_residencies }
    }
    const nothing = {
      ...{ submitted_by: null, occupation: null, source_of_funds: null },
      ...{ is_politically_exposed: null, tax_residencies: null },
    }
    assert.deepEqual(await seenBy(aStaffMember('compliance')), nothing)
    await submit(bank, caller, answers)
    for (const role of ['compliance', 'auditor'])
      assert.deepEqual(await seenBy(aStaffMember(role)), { ...answers, submitted_by: caller.sub })
    for (const who of [caller, aStaffMember('teller', 'support', 'operator', 'admin')])
      assert.deepEqual(await seenBy(who), nothing)
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
