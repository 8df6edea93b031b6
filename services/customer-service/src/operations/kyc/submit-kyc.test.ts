import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addKycDocument, submitKyc as contract, getKycStatus } from '#contracts/api/customer.ts'
import { kycSubmitted } from '#contracts/events/customer.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import {
  aPassport,
  aVerifiedCustomer,
  count,
  createCustomer,
  decide,
  everythingStored,
  openCustomerBank,
  refusalOf,
  submit,
} from '../../../testing/bank.ts'

type Documents = InputOf<typeof contract>['body']['documents']

describe('submitKyc', () => {
  test('hands documents over to the officers by reference, with one event and a step, and nothing of it readable', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const passport = aPassport({ document_number: 'XK 77-20419' })
    const answers = { occupation: 'Lighthousekeeper', is_politically_exposed: true, tax_residencies: ['PT'] }
    const body = { documents: [passport], ...answers }
    const { status, reply } = await bank.call(contract, { params: { customer_id }, body }, caller)
    assert.deepEqual([status, reply.kyc_status, reply.decided_at, reply.reasons], [202, 'IN_REVIEW', null, []])
    const [document] = reply.documents
    assert.deepEqual(
      [document?.document_id, document?.document_status, document?.expires_on],
      [passport.document_id, 'PENDING', '2099-12-31'],
    )
    assert.deepEqual(await bank.published(kycSubmitted), [
      { customer_id, document_ids: [passport.document_id], submitted_by: caller.sub },
    ])
    const steps = await bank.sql`select kyc_status, changed_by from kyc_steps order by sequence`
    assert.deepEqual({ ...steps.at(-1) }, { kyc_status: 'IN_REVIEW', changed_by: caller.sub })
    const stored = await everythingStored(bank)
    for (const planted of ['77-20419', '7720419', 'Lighthousekeeper']) assert.ok(!stored.includes(planted), planted)
  })

  test('needs a document of identity that is still good, given now or before', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const params = { customer_id }
    const hand = (documents: Documents) => bank.call(contract, { params, body: { documents } }, caller)
    const bill = () => ({ document_id: newId(), document_type: 'PROOF_ADDRESS' as const })
    assert.equal(await refusalOf(hand([bill()])), 'IDENTITY_DOCUMENT_MISSING')
    assert.equal(await refusalOf(hand([aPassport({ expires_on: '2020-01-01' })])), 'DOCUMENT_EXPIRED')
    assert.equal(await refusalOf(hand([aPassport({ issuing_country: 'XX' })])), 'COUNTRY_UNKNOWN')
    const twice = aPassport()
    assert.equal(await refusalOf(hand([twice, twice])), 'DOCUMENT_EXISTS')
    assert.deepEqual([await count(bank, 'kyc_documents'), await count(bank, 'document_numbers')], [0, 0])
    assert.deepEqual(await bank.published(kycSubmitted), [])
    await bank.call(addKycDocument, { params, body: aPassport({ expires_on: bank.clock.bank.businessDate() }) }, caller)
    assert.equal((await hand([bill()])).reply.kyc_status, 'IN_REVIEW')
  })

  test('a number that another customer gave is refused in every spelling without saying whose, also when both come at once', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [await createCustomer(bank), await createCustomer(bank)]
    const handIn = (who: typeof anna, document_number: string) =>
      bank.call(
        contract,
        { params: { customer_id: who.customer_id }, body: { documents: [aPassport({ document_number })] } },
        who.caller,
      )
    const ends = await Promise.allSettled([handIn(anna, 'AB 123-456'), handIn(bert, 'ab123456')])
    const lost = ends.filter((end) => end.status === 'rejected')
    assert.equal(lost.length, 1)
    assert.equal(await refusalOf(Promise.reject(lost[0]?.reason)), 'DOCUMENT_EXISTS')
    assert.ok(!JSON.stringify(lost[0]?.reason).includes(anna.customer_id))
    assert.equal((await bank.published(kycSubmitted)).length, 1)
    const carol = await createCustomer(bank)
    assert.equal(await refusalOf(handIn(carol, 'AB.123.456')), 'DOCUMENT_EXISTS')
    const taken = (await bank.sql`select document_id from kyc_documents`)[0]?.document_id as string
    const body = { documents: [aPassport({ document_id: taken })] }
    const stolen = bank.call(contract, { params: { customer_id: carol.customer_id }, body }, carol.caller)
    assert.equal(await refusalOf(stolen), 'DOCUMENT_EXISTS')
  })

  test('waits for the officer once, is not for the verified, and may be repeated with the same papers after a rejection', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const passport = aPassport()
    await submit(bank, caller, { documents: [passport] })
    assert.equal(await refusalOf(submit(bank, caller)), 'KYC_IN_REVIEW')
    await decide(bank, customer_id, { decision: 'REJECT', is_final: false, reason: 'Too dark to read' })
    const told = (await bank.call(getKycStatus, { params: { customer_id } }, caller)).reply
    assert.deepEqual(
      [told.kyc_status, told.reasons, told.documents[0]?.document_status],
      ['REJECTED', ['Too dark to read'], 'REJECTED'],
    )
    await submit(bank, caller, { documents: [{ ...passport, document_id: passport.document_id.toUpperCase() }] })
    await decide(bank, customer_id)
    assert.equal(await refusalOf(submit(bank, caller)), 'KYC_VERIFIED')
  })

  test('is not for strangers nor for who was turned away', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const body = { documents: [aPassport()] }
    const handIn = (who = caller, id = customer_id) =>
      refusalOf(bank.call(contract, { params: { customer_id: id }, body }, who))
    assert.equal(await handIn(aCustomer()), 'NOT_FOUND')
    assert.equal(await handIn(aStaffMember('support')), 'FORBIDDEN')
    assert.equal(await handIn(aStaffMember('teller'), newId()), 'CUSTOMER_NOT_FOUND')
    await submit(bank, caller)
    await decide(bank, customer_id, { decision: 'REJECT' })
    assert.equal(await handIn(), 'CUSTOMER_ROLLED_BACK')
    assert.equal((await aVerifiedCustomer(bank)).status, 'ACTIVE')
  })
})
