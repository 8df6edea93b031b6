import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked, userDeactivated } from '#contracts/events/identity.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import { aCustomer, aStaffMember } from '#libs/testing/callers.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import {
  aUser,
  changesBy,
  codeTo,
  cookieOf,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  resolveCookie,
  signIn,
  tryLogin,
  tryWeb,
  verifierOf,
} from '../../../testing/people.ts'

const email = 'ann@example.com'
const deactivate = (bank: ServiceTest, user_id: string, caller: Caller = aStaffMember('compliance')) =>
  bank.call(api.deactivateUser, { params: { user_id } }, caller)

describe('deactivateUser', () => {
  test('ends every session, tells it, and from then on a sign-in sounds like a wrong password', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const tokens = await signIn(bank)
    const cookie = cookieOf(await tryWeb(bank))
    const { reply } = await deactivate(bank, user.user_id)
    assert.deepEqual(reply, { ...user, is_active: false })
    assert.equal((await bank.published(sessionRevoked)).length, 2)
    assert.deepEqual(await bank.published(userDeactivated), [{ user_id: user.user_id, reason: 'BY_STAFF' }])
    const verifier = verifierOf(bank)
    await verifier.refresh()
    await assert.rejects(verifier.verify(tokens.access_token), { name: 'Problem' })
    assert.equal((await resolveCookie(bank, cookie)).access_token, null)
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(tryWeb(bank)), 'CREDENTIALS_WRONG')
    const { refresh_token } = tokens
    assert.equal(
      await refusalOf(bank.call(api.refreshTokens, { body: { refresh_token } }, anonymous)),
      'REFRESH_TOKEN_WRONG',
    )
    assert.deepEqual(await changesBy(bank, 'deactivateUser'), [
      { before: { is_active: true }, after: { is_active: false } },
    ])
  })

  test('a code that is on its way is worth nothing any more', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const code = await codeTo(bank, email, 2)
    await deactivate(bank, user_id)
    const body = { email, code, password: OTHER_PASSWORD }
    assert.equal(await refusalOf(bank.call(api.resetPassword, { body }, anonymous)), 'CODE_WRONG')
  })

  test('twice, also at once, is once', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await Promise.all([deactivate(bank, user_id), deactivate(bank, user_id)])
    assert.equal((await deactivate(bank, user_id)).reply.is_active, false)
    assert.equal((await bank.published(userDeactivated)).length, 1)
  })

  test('staff are shut out by admins alone: one officer cannot leave the bank without any', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await bank.owner`update users set roles = '{admin}' where user_id = ${user_id}`
    assert.equal(await refusalOf(deactivate(bank, user_id)), 'FORBIDDEN')
    assert.equal((await deactivate(bank, user_id, aStaffMember('admin'))).reply.is_active, false)
  })

  test('nobody shuts out himself, an unknown user, or anybody without being admin or compliance', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    assert.equal(await refusalOf(deactivate(bank, user_id, { ...aStaffMember('admin'), sub: user_id })), 'OWN_USER')
    assert.equal(await refusalOf(deactivate(bank, newId())), 'USER_NOT_FOUND')
    for (const caller of [aCustomer(), aStaffMember('support', 'teller')])
      assert.equal(await refusalOf(deactivate(bank, user_id, caller)), 'FORBIDDEN')
    assert.deepEqual(await bank.published(userDeactivated), [])
  })
})
