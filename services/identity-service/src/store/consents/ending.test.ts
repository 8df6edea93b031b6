import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { consentRevoked } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aStaffMember } from '#libs/testing/callers.ts'
import { type ConsentTest, openConsents, PAYING } from '../../../testing/consents.ts'
import { aUser, callerOf, codeTo, OTHER_PASSWORD, signIn } from '../../../testing/people.ts'

async function ends({ bank, aConsent }: ConsentTest, user_id: string, act: () => Promise<unknown>): Promise<string[]> {
  const consents = [await aConsent(user_id), await aConsent(user_id, { details: [PAYING] })]
  const before = (await bank.published(consentRevoked)).length
  await act()
  assert.equal((await bank.published(consentRevoked)).length - before, 2)
  const ids = consents.map(({ consent_id }) => consent_id)
  const rows = await bank.owner<{ ended: string }[]>`
    select c.status || ' ' || c.ended_by || ' ' || c.ended_reason || ' ' || s.status as ended
    from consents c join sessions s using (session_id) where consent_id = any(${ids}::uuid[])`
  return [...new Set(rows.map(({ ended }) => ended))]
}

describe('endConsentsOf', () => {
  test('consents end with whatever ends the sessions of their customer: a new password, signing out everywhere, being shut out', async (t) => {
    const opened = await openConsents(t)
    const { bank } = opened
    const { user_id } = await aUser(bank)
    const email = 'ann@example.com'
    const reset = async () => {
      await bank.call(api.forgotPassword, { body: { email } }, anonymous)
      const body = { email, code: await codeTo(bank, email, 2), password: OTHER_PASSWORD }
      await bank.call(api.resetPassword, { body }, anonymous)
    }
    assert.deepEqual(await ends(opened, user_id, reset), ['REVOKED POLICY PASSWORD_CHANGED REVOKED'])
    const caller = await callerOf(bank, await signIn(bank, email, { password: OTHER_PASSWORD }))
    const everywhere = () => bank.call(api.revokeAllSessions, {}, caller)
    assert.deepEqual(await ends(opened, user_id, everywhere), ['REVOKED CUSTOMER REVOKED_BY_USER REVOKED'])
    const shutOut = () => bank.call(api.deactivateUser, { params: { user_id } }, aStaffMember('compliance'))
    assert.deepEqual(await ends(opened, user_id, shutOut), ['REVOKED POLICY USER_DEACTIVATED REVOKED'])
  })

  test('codes and refresh tokens of a consent are gone with it, those of others stay', async (t) => {
    const { bank, aConsent } = await openConsents(t)
    const { user_id } = await aUser(bank)
    const [ended, other] = [await aConsent(user_id), await aConsent(user_id)]
    for (const { consent_id } of [ended, other])
      await bank.owner`
        insert into oauth_artifacts (model, id_hash, payload, grant_id) values ('RefreshToken', ${consent_id}, 'x', ${consent_id})`
    const caller = await callerOf(bank, await signIn(bank))
    await bank.call(api.revokeSession, { params: { session_id: ended.session_id } }, caller)
    const left = await bank.owner<{ grant_id: string }[]>`select grant_id from oauth_artifacts`
    assert.deepEqual(
      left.map(({ grant_id }) => grant_id),
      [other.consent_id],
    )
  })
})
