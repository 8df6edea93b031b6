import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { userLoggedIn } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import type { ServiceTest } from '#libs/testing/service-test.ts'
import type { Quirks, SoftAuthenticator } from '../../../testing/authenticator.ts'
import { softAuthenticator } from '../../../testing/authenticator.ts'
import { EMAIL, enrolPasskey, openWithAnn, passkeyCeremony } from '../../../testing/factors.ts'
import { callerOf, OTHER_PASSWORD, refusalOf, type Tokens, tryLogin } from '../../../testing/people.ts'

async function enter(bank: ServiceTest, authenticator: SoftAuthenticator, quirks: Quirks = {}, device_id?: string) {
  const { ceremony_id, options } = await passkeyCeremony(bank)
  const body = {
    ceremony_id,
    passkey: authenticator.get(options, quirks),
    ...(device_id === undefined ? {} : { device_id }),
  }
  return (await bank.call(factors.loginByPasskey, { body }, anonymous)).reply
}

describe('loginByPasskey', () => {
  test('signs in without a user name, as two factors, and says what key it was', async (t) => {
    const { bank, user, caller } = await openWithAnn(t)
    const bound = await enrolPasskey(bank, caller)
    const { reply } = await bank.call(factors.startPasskeyLogin, {}, anonymous)
    assert.deepEqual(
      [reply.options.allowCredentials, reply.options.userVerification, reply.options.rpId],
      [[], 'required', 'localhost'],
    )
    const entered = await enter(bank, bound.authenticator, {}, 'laptop-1')
    assert.equal(entered.status, 'SIGNED_IN')
    const signed = await callerOf(bank, entered.tokens as Tokens)
    assert.deepEqual([signed.sub, signed.amr, signed.acr], [user.user_id, ['hwk', 'user'], '2'])
    assert.equal((await bank.published(userLoggedIn)).at(-1)?.auth_method, 'hwk+user')
    const [row] = await bank.owner`select sign_count::int as count, last_used_at from passkeys`
    assert.equal(row?.count, 2)
    assert.notEqual(row?.last_used_at, null)
  })

  test('of eight uses of one assertion at once one signs in', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const { ceremony_id, options } = await passkeyCeremony(bank)
    const body = { ceremony_id, passkey: authenticator.get(options) }
    const calls = Array.from({ length: 8 }, () => bank.call(factors.loginByPasskey, { body }, anonymous))
    const results = await Promise.allSettled(calls)
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
    assert.equal(await refusalOf(bank.call(factors.loginByPasskey, { body }, anonymous)), 'CEREMONY_GONE')
  })

  test('refuses another origin, host, challenge, person or key, no verification, and a counter that did not rise', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const wrongs: Quirks[] = [
      { origin: 'https://bank.example.com' },
      { origin: 'http://localhost.example.com' },
      { rp_id: 'example.com' },
      { challenge: 'A'.repeat(43) },
      { is_verified: false },
      { user_handle: Buffer.from('somebody-else').toString('base64url') },
      { counter: 1 },
      { id: softAuthenticator().id },
    ]
    for (const quirks of wrongs)
      assert.equal(await refusalOf(enter(bank, authenticator, quirks)), 'PASSKEY_WRONG', JSON.stringify(quirks))
    assert.equal(await refusalOf(enter(bank, softAuthenticator())), 'PASSKEY_WRONG')
    assert.equal((await enter(bank, authenticator, { counter: 50 })).status, 'SIGNED_IN')
  })

  test('a wrong assertion uses its ceremony up: the right one does not pass after it', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const { ceremony_id, options } = await passkeyCeremony(bank)
    const wrong = { ceremony_id, passkey: authenticator.get(options, { is_verified: false }) }
    assert.equal(await refusalOf(bank.call(factors.loginByPasskey, { body: wrong }, anonymous)), 'PASSKEY_WRONG')
    const right = { ceremony_id, passkey: authenticator.get(options) }
    assert.equal(await refusalOf(bank.call(factors.loginByPasskey, { body: right }, anonymous)), 'CEREMONY_GONE')
  })

  test('passes a lock that wrong passwords began, and ends it; a user who was shut out stays out', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, EMAIL, OTHER_PASSWORD))
    assert.equal(await refusalOf(tryLogin(bank, EMAIL, OTHER_PASSWORD)), 'ACCOUNT_LOCKED')
    assert.equal((await enter(bank, authenticator)).status, 'SIGNED_IN')
    assert.equal(await refusalOf(tryLogin(bank, EMAIL, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    await bank.owner`update users set is_active = false`
    assert.equal(await refusalOf(enter(bank, authenticator)), 'PASSKEY_WRONG')
  })

  test('a ceremony is over after five minutes, and that of a registration signs nobody in', async (t) => {
    const { bank, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller)
    const { ceremony_id, options } = await passkeyCeremony(bank)
    bank.clock.advance(300_001)
    const late = { ceremony_id, passkey: authenticator.get(options) }
    assert.equal(await refusalOf(bank.call(factors.loginByPasskey, { body: late }, anonymous)), 'CEREMONY_GONE')
  })
})
