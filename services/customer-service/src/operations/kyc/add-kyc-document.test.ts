import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addKycDocument as contract, listKycDocuments } from '#contracts/api/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aPassport, count, createCustomer, decide, openCustomerBank, refusalOf, submit } from '../../../testing/bank.ts'

describe('addKycDocument', () => {
  test('keeps a reference, for the customer and at the counter, and never shows the number again', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const params = { customer_id }
    const passport = aPassport({ document_number: 'QX9942077' })
    const { status, reply } = await bank.call(contract, { params, body: passport }, caller)
    assert.deepEqual([status, reply.document_id, reply.document_status], [201, passport.document_id, 'PENDING'])
    const bill = { document_id: newId(), document_type: 'PROOF_ADDRESS' as const }
    await bank.call(contract, { params, body: bill }, aStaffMember('teller'))
    for (const who of [caller, aStaffMember('compliance')]) {
      const { items } = (await bank.call(listKycDocuments, { params }, who)).reply
      assert.deepEqual(
        items.map((one) => one.document_id),
        [passport.document_id, bill.document_id],
      )
      assert.ok(!JSON.stringify(items).includes('9942077'))
    }
  })

  test('refuses by code, and keeps nothing then', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [await createCustomer(bank), await createCustomer(bank)]
    const passport = aPassport()
    await bank.call(contract, { params: { customer_id: bert.customer_id }, body: passport }, bert.caller)
    const refused = (body: typeof passport, who = anna.caller, customer_id = anna.customer_id) =>
      refusalOf(bank.call(contract, { params: { customer_id }, body }, who))
    assert.equal(await refused(passport), 'DOCUMENT_EXISTS')
    assert.equal(await refused({ ...passport, document_id: newId() }), 'DOCUMENT_EXISTS')
    assert.equal(await refused(passport, bert.caller, bert.customer_id), 'DOCUMENT_EXISTS')
    assert.equal(await refused(aPassport({ expires_on: '2019-05-05' })), 'DOCUMENT_EXPIRED')
    assert.equal(await refused(aPassport({ issuing_country: 'EU' })), 'COUNTRY_UNKNOWN')
    assert.equal(await refused(aPassport(), aCustomer()), 'NOT_FOUND')
    assert.equal(await refused(aPassport(), aStaffMember('support')), 'FORBIDDEN')
    assert.equal(await refused(aPassport(), aStaffMember('teller'), newId()), 'CUSTOMER_NOT_FOUND')
    assert.deepEqual([await count(bank, 'kyc_documents'), await count(bank, 'document_numbers')], [1, 1])
    await submit(bank, anna.caller)
    await decide(bank, anna.customer_id, { decision: 'REJECT' })
    assert.equal(await refused(aPassport()), 'CUSTOMER_ROLLED_BACK')
  })
})
