import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  addKycDocument,
  addRelation,
  decideKyc as contract,
  createCustomer as create,
  getCustomer,
  getKycStatus,
  listKycHistory,
  updateCustomer,
} from '#contracts/api/customer.ts'
import { settingChanged } from '#contracts/events/admin.ts'
import {
  customerCreationRolledBack,
  customerRelationRemoved,
  kycApproved,
  kycRejected,
} from '#contracts/events/customer.ts'
import { KYC_VALIDITY_MONTHS } from '#contracts/settings.ts'
import { newId } from '#libs/ids/ids.ts'
import { settingOf } from '#libs/service/followed-settings.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import {
  aPassport,
  aProfile,
  aVerifiedCustomer,
  type CustomerBank,
  count,
  createCustomer,
  decide,
  everythingStored,
  openCustomerBank,
  problemOf,
  refusalOf,
  submit,
} from '../../../testing/bank.ts'
import { addMonths } from '../../domain/calendar.ts'

const officer = aStaffMember('compliance')
const approval = { decision: 'APPROVE', reason: 'Face and passport agree', risk_category: 'LOW' } as const

async function aSubmission(bank: CustomerBank) {
  const customer = await createCustomer(bank)
  await submit(bank, customer.caller)
  return customer
}

describe('decideKyc', () => {
  test('approves until the setting says or the first identity document ends, with its event, step and verified papers', async (t) => {
    const bank = await openCustomerBank(t)
    const today = bank.clock.bank.businessDate()
    bank.settings.set(KYC_VALIDITY_MONTHS.setting_key, { value: '12', version: 3 })
    bank.receive(settingChanged, { setting_key: KYC_VALIDITY_MONTHS.setting_key, changed_by: newId(), version: 3 })
    await eventually(async () => (await settingOf(bank.sql, KYC_VALIDITY_MONTHS)) === '12')
    const { customer_id } = await aSubmission(bank)
    const state = await decide(bank, customer_id, { risk_category: 'MEDIUM' }, officer)
    const expires_on = addMonths(today, 12)
    assert.deepEqual([state.kyc_status, state.risk_category, state.expires_on], ['VERIFIED', 'MEDIUM', expires_on])
    assert.deepEqual(
      state.documents.map((one) => one.document_status),
      ['VERIFIED'],
    )
    assert.deepEqual(await bank.published(kycApproved), [{ customer_id, verified_by: officer.sub, expires_on }])
    const soon = await createCustomer(bank)
    const ends = addMonths(today, 2)
    await submit(bank, soon.caller, { documents: [aPassport(), aPassport({ document_type: 'ID', expires_on: ends })] })
    assert.equal((await decide(bank, soon.customer_id)).expires_on, ends)
    const { items } = (await bank.call(listKycHistory, { params: { customer_id } }, officer)).reply
    assert.deepEqual(
      items.map(({ kyc_status, reason }) => [kyc_status, reason]),
      [
        ['PENDING', null],
        ['IN_REVIEW', null],
        ['VERIFIED', 'Passport and face agree'],
      ],
    )
  })

  test('is never for oneself or for what one handed in, by name or through admin-service', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id, caller } = await createCustomer(bank)
    const teller = aStaffMember('teller', 'compliance')
    await submit(bank, { ...teller, customer_id })
    const insiders = [
      teller,
      { ...officer, customer_id },
      { ...officer, sub: caller.sub },
      aService('admin-service', teller),
      aService('admin-service', caller),
    ]
    const params = { customer_id }
    for (const who of insiders)
      assert.equal(await refusalOf(bank.call(contract, { params, body: approval }, who)), 'OWN_KYC')
    assert.equal(
      await refusalOf(bank.call(contract, { params, body: approval }, aService('admin-service'))),
      'FORBIDDEN',
    )
    assert.equal(
      await refusalOf(bank.call(contract, { params, body: approval }, aService('fraud-service'))),
      'FORBIDDEN',
    )
    const { reply } = await bank.call(contract, { params, body: approval }, aService('admin-service', officer))
    assert.equal(reply.kyc_status, 'VERIFIED')
    assert.equal((await bank.published(kycApproved))[0]?.verified_by, officer.sub)
  })

  test('is never for what one prepared: the profile, a document, or the name that is verified', async (t) => {
    const bank = await openCustomerBank(t)
    const [maker, giver, renamer] = [aStaffMember('teller', 'compliance'), officer, aStaffMember('compliance')]
    const refused = (customer_id: string, who: typeof officer) =>
      refusalOf(bank.call(contract, { params: { customer_id }, body: approval }, who))
    const made = await createCustomer(bank, maker)
    await submit(bank, { ...aStaffMember('teller'), customer_id: made.customer_id })
    assert.equal(await refused(made.customer_id, maker), 'OWN_KYC')
    const given = await createCustomer(bank)
    await bank.call(addKycDocument, { params: { customer_id: given.customer_id }, body: aPassport() }, giver)
    await submit(bank, given.caller)
    assert.equal(await refused(given.customer_id, giver), 'OWN_KYC')
    const { customer_id, caller } = await aVerifiedCustomer(bank)
    await bank.call(updateCustomer, { params: { customer_id }, body: { last_name: 'Marchbanks' } }, renamer)
    await submit(bank, caller)
    assert.equal(await refused(customer_id, renamer), 'OWN_KYC')
    assert.equal((await decide(bank, customer_id)).kyc_status, 'VERIFIED')
  })

  test('of two officers at once one decides, and the other finds nothing to decide', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id } = await aSubmission(bank)
    const verdicts = [{ ...approval }, { ...approval, decision: 'REJECT' as const, is_final: false }]
    const ends = await Promise.allSettled(
      verdicts.map((body) => bank.call(contract, { params: { customer_id }, body }, aStaffMember('compliance'))),
    )
    const lost = ends.filter((end) => end.status === 'rejected')
    assert.equal(lost.length, 1)
    assert.equal(await refusalOf(Promise.reject(lost[0]?.reason)), 'NOT_IN_REVIEW')
    assert.equal((await bank.published(kycApproved)).length + (await bank.published(kycRejected)).length, 1)
  })

  test('refuses by code, and then nothing is decided', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id, caller } = await createCustomer(bank)
    const refused = (body: object, who = officer, id = customer_id) =>
      refusalOf(bank.call(contract, { params: { customer_id: id }, body: { ...approval, ...body } }, who))
    assert.equal(await refused({}), 'NOT_IN_REVIEW')
    const ends = bank.clock.bank.businessDate()
    await submit(bank, caller, { documents: [aPassport({ expires_on: ends })] })
    assert.equal(await refused({ risk_category: undefined }), 'RISK_CATEGORY_REQUIRED')
    assert.equal(await refused({}, aStaffMember('teller')), 'FORBIDDEN')
    assert.equal(await refused({}, aCustomer()), 'FORBIDDEN')
    assert.equal(await refused({}, officer, newId()), 'CUSTOMER_NOT_FOUND')
    bank.clock.advance(2 * 86_400_000)
    assert.equal(await refused({}), 'DOCUMENT_EXPIRED')
    const { reply } = await bank.call(getKycStatus, { params: { customer_id } }, caller)
    assert.equal(reply.kyc_status, 'IN_REVIEW')
    assert.deepEqual(await bank.published(kycApproved), [])
  })

  test('what comes after the submission is not approved along with it', async (t) => {
    const bank = await openCustomerBank(t)
    const { customer_id, caller } = await aSubmission(bank)
    bank.clock.advance(1_000)
    const late = aPassport()
    await bank.call(addKycDocument, { params: { customer_id }, body: late }, caller)
    const { documents } = await decide(bank, customer_id)
    const status = documents.find(({ document_id }) => document_id === late.document_id)?.document_status
    assert.deepEqual([documents.length, status], [2, 'PENDING'])
  })

  test('a rejection that is not final asks for better documents, and of who was verified before takes nothing back', async (t) => {
    const bank = await openCustomerBank(t)
    const known = await aVerifiedCustomer(bank)
    await bank.call(
      updateCustomer,
      { params: { customer_id: known.customer_id }, body: { last_name: 'Marchbanks' } },
      aStaffMember('teller'),
    )
    await submit(bank, known.caller)
    const fresh = await aSubmission(bank)
    await decide(bank, known.customer_id, { decision: 'REJECT', is_final: true })
    await decide(bank, fresh.customer_id, { decision: 'REJECT', is_final: false })
    const reasons = ['BETTER_DOCUMENTS_NEEDED']
    assert.deepEqual(await bank.published(kycRejected), [
      { customer_id: known.customer_id, reasons, is_final: false },
      { customer_id: fresh.customer_id, reasons, is_final: false },
    ])
    assert.deepEqual(await bank.published(customerCreationRolledBack), [])
    const { reply } = await bank.call(getCustomer, { params: { customer_id: known.customer_id } }, known.caller)
    assert.deepEqual([reply.status, reply.kyc_status, reply.last_name], ['ACTIVE', 'REJECTED', 'Marchbanks'])
  })

  test('a final rejection of somebody new takes the opening back: no column opens any more, and nothing readable is left', async (t) => {
    const bank = await openCustomerBank(t)
    const anna = aCustomer()
    const key = aKey()
    await bank.call(create, { body: aProfile() }, anna, { key })
    const customer_id = anna.customer_id as string
    const params = { customer_id }
    const friend = await createCustomer(bank, aCustomer(), { last_name: 'Friend', email: 'friend@example.test' })
    const joint = { related_customer_id: customer_id, relation: 'JOINT' } as const
    await bank.call(addRelation, { params: { customer_id: friend.customer_id }, body: joint }, aStaffMember('teller'))
    const passport = aPassport({ document_number: 'XK7720419' })
    await submit(bank, anna, { documents: [passport], occupation: 'Lighthousekeeper' })
    const [copied] =
      await bank.sql`select * from customers join customer_keys using (customer_id) where customer_id = ${customer_id}`
    const reason = 'The passport is of Bartholomew Featherstonehaugh'
    const state = await decide(bank, customer_id, { decision: 'REJECT', reason })
    assert.deepEqual([state.kyc_status, state.documents], ['REJECTED', []])
    assert.deepEqual(await bank.published(kycRejected), [{ customer_id, reasons: ['NOT_ACCEPTED'], is_final: true }])
    assert.deepEqual(await bank.published(customerCreationRolledBack), [{ customer_id, reason: 'KYC_REJECTED' }])
    assert.deepEqual(await bank.published(customerRelationRemoved), [
      { customer_id: friend.customer_id, related_customer_id: customer_id },
    ])
    const stored = await everythingStored(bank)
    const { address, ...fields } = aProfile()
    for (const planted of [
      fields.first_name,
      fields.last_name,
      fields.email,
      fields.phone,
      address.street,
      address.town,
    ])
      assert.ok(!stored.includes(String(planted)), `${planted} is readable`)
    for (const planted of ['XK7720419', 'Lighthousekeeper', 'Featherstonehaugh'])
      assert.ok(!stored.includes(planted), `${planted} is readable`)
    const [told] = await bank.changesOf('decideKyc')
    assert.deepEqual(
      told,
      { before: { kyc_status: 'IN_REVIEW' }, after: { kyc_status: 'REJECTED', is_final: true } },
      'what the trail opens holds no words about the person either',
    )
    const [husk] = await bank.sql`select * from customers where customer_id = ${customer_id}`
    for (const [column, value] of Object.entries(husk as object))
      if (/_encrypted$|_hash$/.test(column)) assert.equal(value, null, column)
    for (const table of ['customer_keys', 'customer_search_words', 'kyc_documents', 'document_numbers'])
      assert.equal((await bank.owner`select 1 from ${bank.owner(table)} where customer_id = ${customer_id}`).length, 0)
    assert.equal(sealedTextsOf(stored, copied).length, 0)
    const own = (await bank.call(getCustomer, { params }, anna)).reply
    assert.deepEqual([own.status, own.first_name, own.address, own.is_masked], ['ROLLED_BACK', null, null, false])
    const replayed = await bank.call(create, { body: aProfile() }, anna, { key })
    assert.deepEqual([replayed.reply.status, replayed.reply.email], ['ROLLED_BACK', null])
    const again = await problemOf(bank.call(create, { body: aProfile() }, anna))
    assert.deepEqual([again.kind.code, /taken back/.test(again.message)], ['CUSTOMER_EXISTS', true])
    const { items } = (await bank.call(listKycHistory, { params }, officer)).reply
    assert.deepEqual(
      [items.at(-1)?.kyc_status, items.at(-1)?.reason, items.at(-1)?.changed_by !== ''],
      ['REJECTED', null, true],
    )
    assert.equal(await count(bank, 'customers'), 2)
  })
})

/** Which sealed texts of a row are still stored somewhere. */
function sealedTextsOf(stored: string, row: object | undefined): string[] {
  return Object.entries(row ?? {}).flatMap(([column, text]) =>
    column.endsWith('_encrypted') && typeof text === 'string' && stored.includes(text) ? [column] : [],
  )
}
