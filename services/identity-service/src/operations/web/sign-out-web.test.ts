import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { aUser, browserOf, cookieOf, openIdentity, resolveCookie, tryWeb } from '../../../testing/people.ts'

describe('signOutWeb', () => {
  test('ends this session and no other, tells it, and takes the cookie back; again changes nothing', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const [cookie, other] = [cookieOf(await tryWeb(bank)), cookieOf(await tryWeb(bank))]
    const caller = await browserOf(bank, cookie)
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await bank.call(api.signOutWeb, {}, caller)
      assert.deepEqual(
        [status, headers['set-cookie']],
        [204, '__Host-bf_sid=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0'],
      )
    }
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: caller.session_id, user_id }])
    assert.equal((await resolveCookie(bank, cookie)).access_token, null)
    assert.notEqual((await resolveCookie(bank, other)).access_token, null)
  })
})
