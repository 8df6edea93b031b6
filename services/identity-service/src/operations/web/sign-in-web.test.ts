import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userLockedOut, userLoggedIn, userLoginFailed } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  browserOf,
  cookieOf,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  register,
  tryLogin,
  tryWeb,
} from '../../../testing/people.ts'

const email = 'ann@example.com'

describe('signInWeb', () => {
  test('opens an ordinary session whose secret stands in a cookie alone, unreadable, and in no table', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const answer = await tryWeb(bank, 'Ann@Example.com', PASSWORD, 'browser-1')
    assert.deepEqual(answer.reply, { status: 'SIGNED_IN', user })
    const cookie = cookieOf(answer)
    assert.equal(
      answer.headers['set-cookie'],
      `__Host-bf_sid=${cookie}; Path=/; Secure; HttpOnly; SameSite=Strict`,
      'no Domain, no Max-Age: it ends with the browser',
    )
    const caller = await browserOf(bank, cookie)
    assert.deepEqual([caller.sub, caller.customer_id, caller.amr], [user.user_id, user.customer_id, ['pwd']])
    const { items } = (await bank.call(api.listSessions, {}, caller)).reply
    assert.deepEqual(
      items.map(({ session_id, is_current, device_id }) => [session_id, is_current, device_id]),
      [[caller.session_id, true, 'browser-1']],
    )
    const [told] = await bank.published(userLoggedIn)
    assert.deepEqual([told?.session_id, told?.auth_method], [caller.session_id, 'pwd'])
    const stored = JSON.stringify([
      await bank.owner`select * from web_sessions`,
      await bank.owner`select * from refresh_tokens`,
      await bank.owner`select * from audit_outbox`,
      await bank.owner`select * from outbox`,
    ])
    assert.equal(stored.includes(cookie), false)
    assert.equal((await bank.owner`select 1 from refresh_tokens`).length, 0, 'a browser gets no refresh token')
  })

  test('each sign-in has a cookie of its own', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const [first, second] = [cookieOf(await tryWeb(bank)), cookieOf(await tryWeb(bank))]
    assert.notEqual(first, second)
    assert.notEqual((await browserOf(bank, first)).session_id, (await browserOf(bank, second)).session_id)
  })

  test('is the same door as login: failures count together, a lock holds for both and is told once', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    for (let i = 0; i < 2; i++)
      assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    for (let i = 0; i < 3; i++) assert.equal(await refusalOf(tryWeb(bank, email, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(tryWeb(bank)), 'ACCOUNT_LOCKED')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
    assert.equal((await bank.published(userLoginFailed)).at(-1)?.failed_attempts, 5)
    const locked = await bank.published(userLockedOut)
    assert.deepEqual(
      locked.map(({ user_id }) => user_id),
      [user.user_id],
    )
    assert.ok(Date.parse(locked[0]?.until as string) > bank.clock.wall.now().getTime())
    assert.equal((await bank.owner`select 1 from web_sessions`).length, 0)
  })

  test('a lock of an unknown address is told to nobody', async (t) => {
    const bank = await openIdentity(t)
    for (let i = 0; i < 5; i++) await refusalOf(tryWeb(bank, 'nobody@example.com', OTHER_PASSWORD))
    assert.equal(await refusalOf(tryWeb(bank, 'nobody@example.com')), 'ACCOUNT_LOCKED')
    assert.deepEqual(await bank.published(userLockedOut), [])
  })

  test('an unproved address, a busy network and staff of a production bank hear what login says', async (t) => {
    const bank = await openIdentity(t, { profile: 'production', env: { BANKFLOW_LOGIN_FAILURES_PER_SOURCE: '5' } })
    await register(bank, email)
    assert.equal(await refusalOf(tryWeb(bank)), 'NOT_VERIFIED')
    await bank.owner`update users set is_verified = true, roles = '{teller}'`
    assert.equal(await refusalOf(tryWeb(bank)), 'PASSKEY_REQUIRED')
    const body = { email: 'other@example.com', password: OTHER_PASSWORD }
    const guess = () => bank.call(api.signInWeb, { body }, { ...anonymous, ip_hash: 'botnet' })
    for (let i = 0; i < 5; i++) await refusalOf(guess())
    assert.equal(await refusalOf(guess()), 'TOO_BUSY')
  })
})
