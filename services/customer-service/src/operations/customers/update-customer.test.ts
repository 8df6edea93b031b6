import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { updateCustomer as contract, getKycStatus, listKycHistory } from '#contracts/api/customer.ts'
import { customerUpdated } from '#contracts/events/customer.ts'
import type { InputOf } from '#libs/contract/operation.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import {
  aVerifiedCustomer,
  createCustomer,
  decide,
  everythingStored,
  openCustomerBank,
  refusalOf,
  submit,
} from '../../../testing/bank.ts'

type Body = InputOf<typeof contract>['body']

describe('updateCustomer', () => {
  test('changes what is sent and differs, and says which fields by one event and the trail, never their values', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const body = { phone: null, email: 'new.address@quillfeather.test', first_name: 'Zuzanna', version: 1 }
    const { reply } = await bank.call(contract, { params: { customer_id }, body }, caller)
    assert.deepEqual([reply.phone, reply.email, reply.version, reply.is_masked], [null, body.email, 2, false])
    const [event, ...more] = await bank.published(customerUpdated)
    assert.equal(more.length, 0)
    assert.deepEqual([event?.change_type, event?.updated_fields], ['CONTACT', ['email', 'phone']])
    assert.ok(!(await everythingStored(bank)).includes('new.address'))
    const [act] = await bank.sql`select change_encrypted from audit_outbox where operation = 'updateCustomer'`
    assert.match(act?.change_encrypted, /^v1\./)
  })

  test('a verified or reviewed name or date of birth is not for the customer, also not in a staff member’s clothes', async (t) => {
    const bank = await openCustomerBank(t)
    const verified = await aVerifiedCustomer(bank)
    const waiting = await createCustomer(bank)
    await submit(bank, waiting.caller)
    for (const { caller, customer_id } of [verified, waiting]) {
      const change = (body: Body, who = caller) => bank.call(contract, { params: { customer_id }, body }, who)
      for (const body of [{ first_name: 'Other' }, { last_name: 'Other' }, { date_of_birth: '1980-01-01' }])
        for (const who of [
          caller,
          { ...aStaffMember('teller'), customer_id },
          { ...aStaffMember('teller'), sub: caller.sub },
        ])
          assert.equal(await refusalOf(change(body, who)), 'VERIFIED_FIELDS')
      assert.equal((await change({ email: 'still@may.test' })).reply.email, 'still@may.test')
    }
    assert.ok((await bank.published(customerUpdated)).every(({ change_type }) => change_type === 'CONTACT'))
  })

  test('staff change it, and KYC begins again, is seen in its history, and may be decided again', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await aVerifiedCustomer(bank)
    const params = { customer_id }
    const teller = aStaffMember('teller')
    const { reply } = await bank.call(contract, { params, body: { last_name: 'Marchbanks' } }, teller)
    assert.deepEqual(
      [reply.is_masked, reply.last_name, reply.kyc_status, reply.kyc_expires_on],
      [true, 'M•••', 'PENDING', null],
    )
    const [event] = await bank.published(customerUpdated)
    assert.deepEqual([event?.change_type, event?.updated_fields], ['IDENTITY', ['last_name']])
    const history = (await bank.call(listKycHistory, { params }, aStaffMember('auditor'))).reply.items
    assert.deepEqual([history.at(-1)?.kyc_status, history.at(-1)?.changed_by], ['PENDING', teller.sub])
    await submit(bank, caller)
    await decide(bank, customer_id, { decision: 'REJECT' })
    const state = (await bank.call(getKycStatus, { params }, caller)).reply
    assert.equal(state.kyc_status, 'REJECTED')
    assert.ok((await bank.call(contract, { params, body: { phone: null } }, caller)).reply.status === 'ACTIVE')
  })

  test('refuses by code, writes nothing then, and a stranger finds nobody', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id, address } = await createCustomer(bank)
    const refused = (body: Body, who = caller, id = customer_id) =>
      refusalOf(bank.call(contract, { params: { customer_id: id }, body }, who))
    assert.equal(await refused({ version: 7, phone: null }), 'CUSTOMER_CHANGED')
    assert.equal(await refused({}), 'NOTHING_TO_CHANGE')
    assert.equal(await refused({ first_name: 'Zuzanna' }), 'NOTHING_TO_CHANGE')
    assert.equal(await refused({ date_of_birth: '1850-01-01' }), 'DATE_OF_BIRTH_WRONG')
    assert.equal(await refused({ date_of_birth: bank.clock.bank.businessDate() }), 'TOO_YOUNG')
    assert.equal(await refused({ nationality: 'ZZ' }), 'COUNTRY_UNKNOWN')
    assert.equal(
      await refused({ address: { ...(address as never as Body['address'] & object), country: 'UK' } }),
      'COUNTRY_UNKNOWN',
    )
    assert.equal(await refused({ phone: null }, aCustomer()), 'NOT_FOUND')
    assert.equal(await refused({ phone: null }, aStaffMember('support')), 'FORBIDDEN')
    assert.equal(await refused({ phone: null }, aStaffMember('teller'), newId()), 'CUSTOMER_NOT_FOUND')
    await submit(bank, caller)
    await decide(bank, customer_id, { decision: 'REJECT' })
    assert.equal(await refused({ phone: null }), 'CUSTOMER_ROLLED_BACK')
    assert.deepEqual(await bank.published(customerUpdated), [])
  })

  test('of two changes of one version one is made, and the other hears that the profile has changed', async (t) => {
    const bank = await openCustomerBank(t)
    const { caller, customer_id } = await createCustomer(bank)
    const change = (phone: string) =>
      bank.call(contract, { params: { customer_id }, body: { phone, version: 1 } }, caller)
    const ends = await Promise.allSettled([change('+351911111111'), change('+351922222222')])
    const lost = ends.filter((end) => end.status === 'rejected')
    assert.equal(lost.length, 1)
    assert.equal(await refusalOf(Promise.reject(lost[0]?.reason)), 'CUSTOMER_CHANGED')
    assert.equal((await bank.published(customerUpdated)).length, 1)
  })
})
