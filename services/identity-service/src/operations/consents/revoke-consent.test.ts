import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { getConsent, revokeConsent } from '#contracts/api/identity-consents.ts'
import { consentRevoked, sessionRevoked } from '#contracts/events/identity.ts'
import type { Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aService, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import { holderOf, openConsents, PAYING } from '../../../testing/consents.ts'
import { aUser, callerOf, refusalOf, signIn, trailOf } from '../../../testing/people.ts'

const revoke = (bank: ServiceTest, consent_id: string, caller: Caller) =>
  bank.call(revokeConsent, { params: { consent_id } }, caller)

describe('revokeConsent', () => {
  test('the customer takes it back: its session is over, everybody is told, once', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    const [consent, other] = [await aConsent(user_id), await aConsent(user_id)]
    const { reply } = await revoke(bank, consent.consent_id, caller)
    assert.deepEqual([reply.status, reply.ended_by, reply.ended_reason], ['REVOKED', 'CUSTOMER', 'REVOKED_BY_CUSTOMER'])
    const { session_id, consent_id, client_id } = consent
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id, user_id }])
    assert.deepEqual(await bank.published(consentRevoked), [{ consent_id, user_id, client_id }])
    const peer = aService('account-service')
    const state = (id: string) => bank.call(api.getSessionState, { params: { session_id: id } }, peer)
    assert.equal((await state(session_id)).reply.is_active, false)
    assert.equal((await state(other.session_id)).reply.is_active, true)
    const { session_ids } = (await bank.call(api.listRevocations, { query: {} }, peer)).reply
    assert.deepEqual(session_ids, [session_id])
    assert.deepEqual(
      (await trailOf(bank, 'revokeConsent')).map(({ entity_id, outcome }) => [entity_id, outcome]),
      [[consent_id, 'done']],
    )
  })

  test('of many at once one ends it, all hear the same, and nothing is told twice', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    const { consent_id } = await aConsent(user_id)
    const answers = await Promise.all(Array.from({ length: 8 }, () => revoke(bank, consent_id, caller)))
    assert.deepEqual([...new Set(answers.map(({ reply }) => reply.status))], ['REVOKED'])
    assert.equal((await bank.published(consentRevoked)).length, 1)
    assert.equal((await bank.published(sessionRevoked)).length, 1)
  })

  test('the third party gives up the consent of its own token, and no other', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const [consent, other] = [await aConsent(user_id), await aConsent(user_id)]
    const shop = holderOf(consent)
    assert.equal(await refusalOf(revoke(bank, other.consent_id, shop)), 'CONSENT_NOT_FOUND')
    const { reply } = await revoke(bank, consent.consent_id, shop)
    assert.equal(reply.ended_by, 'THIRD_PARTY')
  })

  test('a stranger’s consent, and one that is not, look alike; staff and keys of the customer revoke nothing here', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const { consent_id } = await aConsent(user_id)
    const key = { kind: 'api_key', scopes: ['account_information'], consent_id: null, details: [] } as const
    for (const caller of [aCustomer(), aStaffMember('compliance'), aCustomer({ sub: user_id, grant: key })])
      assert.equal(await refusalOf(revoke(bank, consent_id, caller)), 'CONSENT_NOT_FOUND')
    assert.equal(await refusalOf(revoke(bank, newId(), aCustomer({ sub: user_id }))), 'CONSENT_NOT_FOUND')
    const { reply } = await bank.call(getConsent, { params: { consent_id } }, aCustomer({ sub: user_id }))
    assert.equal(reply.status, 'AUTHORISED')
  })

  test('a payment that was made, and what ran out, cannot be taken back', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const paid = await aConsent(user_id, { details: [PAYING] })
    const over = await aConsent(user_id)
    await bank.owner`update consents set status = 'USED', ended_at = now() where consent_id = ${paid.consent_id}`
    await bank.owner`update consents set status = 'EXPIRED', ended_at = now() where consent_id = ${over.consent_id}`
    for (const { consent_id } of [paid, over])
      assert.equal(await refusalOf(revoke(bank, consent_id, aCustomer({ sub: user_id }))), 'CONSENT_OVER')
    assert.deepEqual(await bank.published(consentRevoked), [])
  })
})
