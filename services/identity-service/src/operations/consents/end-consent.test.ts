import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endConsent, getConsent } from '#contracts/api/identity-consents.ts'
import { consentRevoked } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { holderOf, openConsents } from '../../../testing/consents.ts'
import { aUser, changesBy, refusalOf } from '../../../testing/people.ts'

const reason = 'Ann Example says that she never allowed this'
const end = (bank: ServiceTest, consent_id: string, caller: Caller = aStaffMember('compliance')) =>
  bank.call(endConsent, { params: { consent_id }, body: { reason } }, caller)

describe('endConsent', () => {
  test('the bank takes it back; why stands sealed in the trail and nowhere else', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const { consent_id, client_id } = await aConsent(user_id)
    const { reply } = await end(bank, consent_id)
    assert.deepEqual([reply.status, reply.ended_by, reply.ended_reason], ['REVOKED', 'BANK', 'REVOKED_BY_BANK'])
    assert.deepEqual(await bank.published(consentRevoked), [{ consent_id, user_id, client_id }])
    assert.deepEqual(await changesBy(bank, 'endConsent'), [{ before: null, after: { status: 'REVOKED', reason } }])
    const rows = await bank.owner`
      select c::text as text from consents c union all select s::text from sessions s union all select a::text from audit_outbox a`
    assert.doesNotMatch(JSON.stringify(rows), /never allowed/)
    assert.equal((await end(bank, consent_id, aStaffMember('operator'))).reply.ended_by, 'BANK')
    assert.equal((await bank.published(consentRevoked)).length, 1)
  })

  test('is for officers alone', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const consent = await aConsent(user_id)
    for (const caller of [aCustomer({ sub: user_id }), aStaffMember('teller', 'support'), holderOf(consent)])
      assert.equal(await refusalOf(end(bank, consent.consent_id, caller)), 'FORBIDDEN')
    assert.equal(await refusalOf(end(bank, newId())), 'CONSENT_NOT_FOUND')
    const { params } = { params: { consent_id: consent.consent_id } }
    assert.equal((await bank.call(getConsent, { params }, aCustomer({ sub: user_id }))).reply.status, 'AUTHORISED')
  })
})
