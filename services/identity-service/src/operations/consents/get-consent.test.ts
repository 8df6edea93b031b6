import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { getConsent } from '#contracts/api/identity-consents.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { holderOf, openConsents, PAYING } from '../../../testing/consents.ts'
import { aUser, refusalOf, trailOf } from '../../../testing/people.ts'

const get = (bank: ServiceTest, consent_id: string, caller: Caller) =>
  bank.call(getConsent, { params: { consent_id } }, caller)

describe('getConsent', () => {
  test('shows the customer and the third party what exactly was allowed; at rest nobody reads whom he pays', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const consent = await aConsent(user_id, { details: [PAYING] })
    const { reply } = await get(bank, consent.consent_id, aCustomer({ sub: user_id }))
    const { type: _, ...payment } = PAYING
    assert.deepEqual(reply.payment, payment)
    assert.deepEqual(
      [reply.client_name, reply.client_registration, reply.status],
      ['Corner Shop', 'PSP-17', 'AUTHORISED'],
    )
    assert.deepEqual((await get(bank, consent.consent_id, holderOf(consent))).reply, reply)
    const [row] =
      await bank.owner`select c::text as text, s::text as session from consents c join sessions s using (session_id)`
    assert.doesNotMatch(`${row?.text} ${row?.session}`, /Corner Shop Ltd|00012345|Order 17/)
  })

  test('staff who look leave a line in the trail, the customer none', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const { consent_id } = await aConsent(user_id)
    await get(bank, consent_id, aCustomer({ sub: user_id }))
    assert.deepEqual(await trailOf(bank, 'getConsent'), [])
    for (const role of ['compliance', 'operator', 'support', 'auditor']) await get(bank, consent_id, aStaffMember(role))
    assert.equal((await trailOf(bank, 'getConsent')).length, 4)
  })

  test('nobody else learns that there is one', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const { consent_id } = await aConsent(user_id)
    const other = await aConsent(user_id)
    const key = { kind: 'api_key', scopes: ['account_information'], consent_id: null, details: [] } as const
    for (const caller of [
      aCustomer(),
      aStaffMember('teller'),
      aCustomer({ sub: user_id, grant: key }),
      holderOf(other),
    ])
      assert.equal(await refusalOf(get(bank, consent_id, caller)), 'CONSENT_NOT_FOUND')
    assert.equal(await refusalOf(get(bank, newId(), aCustomer({ sub: user_id }))), 'CONSENT_NOT_FOUND')
  })
})
