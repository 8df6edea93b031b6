import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createCustomer as contract, getCustomer, searchCustomers, updateCustomer } from '#contracts/api/customer.ts'
import { customerCreated, kycApproved } from '#contracts/events/customer.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import { aKey } from '#libs/testing/service-test.ts'
import {
  aProfile,
  count,
  createCustomer,
  everythingStored,
  openCustomerBank,
  type Profile,
  problemOf,
  refusalOf,
} from '../../../testing/bank.ts'

const EVIDENCE = { reference: 'Old bank, file 1234', verified_on: '2026-01-15' }

describe('createCustomer', () => {
  test('makes the profile under the id of the token, in full for himself, and asks for an account by one event', async (t) => {
    const bank = await openCustomerBank(t)
    const anna = aCustomer()
    const made = await createCustomer(bank, anna, { home_currency: 'CHF' })
    const { address, ...rest } = aProfile()
    assert.deepEqual(
      [made.customer_id, made.user_id, made.is_masked, made.kyc_status, made.version, made.home_currency],
      [anna.customer_id, anna.sub, false, 'PENDING', 1, 'CHF'],
    )
    for (const [name, value] of Object.entries(rest)) assert.equal(made[name as 'email'], value, name)
    assert.deepEqual(made.address, { ...address, region: '' })
    assert.deepEqual(await bank.published(customerCreated), [
      { customer_id: anna.customer_id, user_id: anna.sub, home_currency: 'CHF' },
    ])
    assert.deepEqual(await bank.published(kycApproved), [])
    const steps = await bank.sql`select sequence, kyc_status, changed_by from kyc_steps`
    assert.deepEqual([...steps], [{ sequence: 1, kyc_status: 'PENDING', changed_by: anna.sub }])
  })

  test('at the counter mints an id and shows staff what they typed masked; no user signs in for it yet', async (t) => {
    const bank = await openCustomerBank(t)
    const teller = aStaffMember('teller')
    const made = await createCustomer(bank, teller)
    assert.deepEqual([made.user_id, made.is_masked, made.first_name, made.home_currency], [null, true, 'Z•••', 'EUR'])
    assert.notEqual(made.customer_id, (await createCustomer(bank, teller)).customer_id)
    assert.equal((await bank.published(customerCreated))[0]?.user_id, null)
  })

  test('an operator brings a customer over: with his id and user, verified by evidence, and without an account', async (t) => {
    const bank = await openCustomerBank(t)
    const [customer_id, user_id] = [newId(), newId()]
    bank.users.set(customer_id, user_id)
    const verified_on = bank.clock.bank.businessDate()
    const brought = { customer_id, kyc_evidence: { ...EVIDENCE, verified_on }, opens_account: false }
    const operator = aStaffMember('operator')
    const made = await createCustomer(bank, operator, brought)
    const expires_on = `${Number(verified_on.slice(0, 4)) + 3}${verified_on.slice(4).replace('02-29', '02-28')}`
    assert.deepEqual([made.customer_id, made.user_id, made.kyc_status], [customer_id, user_id, 'VERIFIED'])
    assert.equal(made.kyc_expires_on, expires_on)
    assert.deepEqual(await bank.published(customerCreated), [{ customer_id, user_id, home_currency: null }])
    assert.deepEqual(await bank.published(kycApproved), [{ customer_id, verified_by: operator.sub, expires_on }])
  })

  test('of somebody brought over, what the other bank did not tell is left out until staff complete it', async (t) => {
    const bank = await openCustomerBank(t)
    const kyc_evidence = { ...EVIDENCE, verified_on: bank.clock.bank.businessDate() }
    const label = { first_name: 'Imported', last_name: 'Household' }
    const operator = aStaffMember('operator')
    const { reply } = await bank.call(contract, { body: { ...label, kyc_evidence, opens_account: false } }, operator)
    assert.deepEqual(
      [reply.kyc_status, reply.first_name, reply.date_of_birth, reply.email, reply.address],
      ['VERIFIED', 'I•••', null, null, null],
    )
    const params = { customer_id: reply.customer_id }
    const teller = aStaffMember('teller')
    assert.deepEqual((await bank.call(getCustomer, { params }, teller)).reply, reply)
    const { date_of_birth, email, address } = aProfile()
    const told = await bank.call(updateCustomer, { params, body: { date_of_birth, email, address } }, teller)
    assert.deepEqual(
      [told.reply.date_of_birth, told.reply.email, told.reply.kyc_status],
      ['1987', 'z•••@q•••.test', 'PENDING'],
    )
    assert.equal((await bank.call(searchCustomers, { query: { email } }, teller)).reply.items.length, 1)
  })

  test('without evidence names each field that is missing, whoever makes the profile', async (t) => {
    const bank = await openCustomerBank(t)
    const { date_of_birth: _birth, email: _email, address: _address, ...rest } = aProfile()
    for (const caller of [aCustomer(), aStaffMember('teller'), aStaffMember('operator')]) {
      const problem = await problemOf(bank.call(contract, { body: rest }, caller))
      assert.equal(problem.kind.code, 'PROFILE_INCOMPLETE')
      assert.deepEqual(
        problem.options.errors?.map(({ pointer }) => pointer),
        ['/date_of_birth', '/email', '/address'],
      )
    }
    assert.equal(await count(bank, 'customers'), 0)
  })

  test('refuses by code, and then there is no row, no key and no event', async (t) => {
    const bank = await openCustomerBank(t)
    const today = bank.clock.bank.businessDate()
    const year = Number(today.slice(0, 4))
    const refused = (changes: Partial<Profile>, caller = aCustomer()) =>
      refusalOf(bank.call(contract, { body: aProfile(changes) }, caller))
    const at = { ...aProfile().address }
    assert.equal(await refused({ date_of_birth: `${year - 17}-01-01` }), 'TOO_YOUNG')
    assert.equal(await refused({ date_of_birth: `${year + 1}-01-01` }), 'DATE_OF_BIRTH_WRONG')
    assert.equal(await refused({ date_of_birth: '1899-12-31' }), 'DATE_OF_BIRTH_WRONG')
    assert.equal(await refused({ nationality: 'XX' }), 'COUNTRY_UNKNOWN')
    assert.equal(await refused({ address: { ...at, country: 'EU' } }), 'COUNTRY_UNKNOWN')
    assert.equal(await refused({ home_currency: 'XAU' }), 'CURRENCY_UNKNOWN')
    const whereOf = async (changes: Partial<Profile>) =>
      (await problemOf(bank.call(contract, { body: aProfile(changes) }, aCustomer()))).options.errors?.map(
        (one) => one.pointer,
      )
    assert.deepEqual(await whereOf({ date_of_birth: '1899-12-31' }), ['/date_of_birth'], 'it says where')
    assert.deepEqual(await whereOf({ date_of_birth: `${year - 17}-01-01` }), ['/date_of_birth'])
    assert.deepEqual(await whereOf({ home_currency: 'XAU' }), ['/home_currency'])
    for (const words of [{ customer_id: newId() }, { kyc_evidence: EVIDENCE }, { opens_account: true }])
      for (const caller of [aCustomer(), aStaffMember('teller')])
        assert.equal(await refused(words, caller), 'OPERATORS_ONLY')
    assert.equal(await refused({}, aCustomer({ customer_id: null })), 'FORBIDDEN')
    assert.equal(await refused({}, aStaffMember('auditor')), 'FORBIDDEN')
    const operator = aStaffMember('operator')
    for (const verified_on of ['2999-01-01', '2001-01-01'])
      assert.equal(await refused({ kyc_evidence: { ...EVIDENCE, verified_on } }, operator), 'VALIDATION_FAILED')
    assert.deepEqual([await count(bank, 'customers'), await count(bank, 'customer_keys')], [0, 0])
    assert.deepEqual(await bank.published(customerCreated), [])
  })

  test('of twenty at once makes one: without a key the others are refused, with one all are answered the same', async (t) => {
    const bank = await openCustomerBank(t)
    const [anna, bert] = [aCustomer(), aCustomer()]
    const twenty = Array.from({ length: 20 })
    const bare = await Promise.allSettled(twenty.map(() => bank.call(contract, { body: aProfile() }, anna)))
    assert.equal(bare.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const one of bare)
      if (one.status === 'rejected') assert.equal(await refusalOf(Promise.reject(one.reason)), 'CUSTOMER_EXISTS')
    const key = aKey()
    const keyed = await Promise.all(twenty.map(() => bank.call(contract, { body: aProfile() }, bert, { key })))
    for (const { reply } of keyed) assert.deepEqual(reply, keyed[0]?.reply)
    assert.equal(await count(bank, 'customers'), 2)
    assert.equal((await bank.published(customerCreated)).length, 2)
    const other = bank.call(contract, { body: aProfile({ email: 'other@example.test' }) }, bert, { key })
    assert.equal(await refusalOf(other), 'IDEMPOTENCY_KEY_REUSED')
  })

  test('keeps nothing readable: not in a table, an event or the trail, nor beside a key', async (t) => {
    const bank = await openCustomerBank(t)
    const anna = aCustomer()
    const body = aProfile()
    await bank.call(contract, { body }, anna, { key: aKey() })
    await bank.call(contract, { body }, aStaffMember('teller'), { key: aKey() })
    const stored = (await everythingStored(bank)).toLowerCase()
    const { address, home_currency: _, nationality: _country, ...fields } = body
    const { country: _code, ...places } = address
    for (const planted of [...Object.values(fields), ...Object.values(places)])
      assert.ok(!stored.includes(String(planted).toLowerCase()), `${planted} is readable`)
  })

  test('refuses a second profile, and says so plainly', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const again = await problemOf(bank.call(contract, { body: aProfile() }, caller))
    assert.equal(again.kind.code, 'CUSTOMER_EXISTS')
    const brought = aProfile({ customer_id: customer_id.toUpperCase() })
    assert.equal(await refusalOf(bank.call(contract, { body: brought }, aStaffMember('operator'))), 'CUSTOMER_EXISTS')
    assert.equal((await bank.call(getCustomer, { params: { customer_id } }, caller)).reply.version, 1)
  })
})
