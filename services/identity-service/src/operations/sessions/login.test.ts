import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userLockedOut, userLoggedIn, userLoginFailed } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import {
  aUser,
  callerOf,
  codeTo,
  enrol,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  register,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'

const email = 'ann@example.com'
const times = async (count: number, work: () => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < count; i++) await work()
}

describe('login', () => {
  test('opens a session: a token of ids and rights without personal data, and its event', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const { reply } = await tryLogin(bank, 'Ann@Example.com', PASSWORD, { device_id: 'laptop-1', ip_hash: 'somewhere' })
    assert.ok(reply.tokens)
    const { access_token, session_id, expires_in, refresh_expires_in } = reply.tokens
    assert.deepEqual([expires_in, refresh_expires_in], [900, 604_800])
    const claims = JSON.parse(Buffer.from(access_token.split('.')[1] as string, 'base64url').toString())
    assert.deepEqual(Object.keys(claims).sort(), [
      ...['acr', 'amr', 'aud', 'auth_time', 'cooling_until', 'customer_id', 'device_id', 'exp', 'iat', 'iss', 'roles'],
      ...['sid', 'sub'],
    ])
    const caller = await callerOf(bank, reply.tokens)
    assert.deepEqual(
      [caller.sub, caller.customer_id, caller.roles, caller.session_id, caller.device_id, caller.amr],
      [user.user_id, user.customer_id, ['customer'], session_id, 'laptop-1', ['pwd']],
    )
    assert.equal(claims.acr, '1')
    const told = { user_id: user.user_id, session_id, client_id: null, ip_hash: 'somewhere', device_id: 'laptop-1' }
    assert.deepEqual(await bank.published(userLoggedIn), [{ ...told, auth_method: 'pwd' }])
    const stored = await bank.owner`select * from refresh_tokens`
    assert.equal(JSON.stringify(stored).includes(reply.tokens.refresh_token), false)
  })

  test('an unknown address and a wrong password hear the same and cost the same hashes', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const counted = t.mock.method(crypto, 'argon2')
    syncBuiltinESMExports()
    t.after(() => {
      counted.mock.restore()
      syncBuiltinESMExports()
    })
    for (const to of [email, 'nobody@example.com']) {
      const before = counted.mock.callCount()
      assert.equal(await refusalOf(tryLogin(bank, to, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
      assert.equal(counted.mock.callCount() - before, 1, to)
    }
    const data = { user_id: user.user_id, reason: 'CREDENTIALS_WRONG', ip_hash: null, failed_attempts: 1 }
    assert.deepEqual(await bank.published(userLoginFailed), [data])
  })

  test('ASVS 2.2.1: each wait is longer than the one before, survives refusals, and is the same for unknown addresses and right passwords', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const fail = async (to: string) => {
      assert.equal(await refusalOf(tryLogin(bank, to, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    }
    for (const to of [email, 'nobody@example.com']) {
      await times(4, () => fail(to))
      for (const wait_s of [60, 90, 120, 240, 480, 900]) {
        await fail(to)
        const refused = await tryLogin(bank, to, PASSWORD).catch((error) => error)
        assert.equal(refused.kind.code, 'ACCOUNT_LOCKED', to)
        const told_s = Number(refused.options.headers['retry-after'])
        assert.ok(told_s <= wait_s && told_s > wait_s - 20, `${told_s} of ${wait_s}`)
        bank.clock.advance((wait_s - 20) * 1_000)
        assert.equal(await refusalOf(tryLogin(bank, to, OTHER_PASSWORD)), 'ACCOUNT_LOCKED', to)
        bank.clock.advance(20_001)
      }
    }
    const [user] = await bank.owner`select failed_login_attempts from users`
    assert.equal(user?.failed_login_attempts, 10)
    const told = await bank.published(userLockedOut)
    assert.deepEqual(
      told.map((one) => one.user_id),
      [user_id, user_id],
      'it is told when it gets harder, not at each guess',
    )
  })

  test('a sign-in after the wait forgets the failures', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await times(5, () => refusalOf(tryLogin(bank, email, OTHER_PASSWORD)))
    bank.clock.advance(60_001)
    await signIn(bank)
    const [cleared] = await bank.owner`select failed_login_attempts, locked_until from users`
    assert.deepEqual({ ...cleared }, { failed_login_attempts: 0, locked_until: null })
  })

  test('failures from elsewhere do not lock out a device that the user signed in from before; unknown ones stay locked', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await signIn(bank, email, { device_id: 'own-laptop' })
    const device_id = 'own-laptop'
    await times(5, () => refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { device_id: 'somebody' })))
    for (const extra of [{}, { device_id: 'somebody' }, { device_id: 'new-phone' }])
      assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, extra)), 'ACCOUNT_LOCKED')
    await signIn(bank, email, { device_id })
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED', 'the lock is not lifted by it')
    const stored = await bank.owner`select * from known_devices`
    assert.deepEqual([stored.length, JSON.stringify(stored).includes(device_id)], [1, false])
  })

  test('a known device that fails is locked by itself, and only itself; it is known to its own user alone', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await aUser(bank, 'bob@example.com')
    const device_id = 'own-laptop'
    await signIn(bank, email, { device_id })
    await times(5, async () => {
      assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { device_id })), 'CREDENTIALS_WRONG')
    })
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, { device_id })), 'ACCOUNT_LOCKED')
    await signIn(bank)
    bank.clock.advance(60_001)
    await signIn(bank, email, { device_id })
    await times(5, () => refusalOf(tryLogin(bank, 'bob@example.com', OTHER_PASSWORD)))
    assert.equal(await refusalOf(tryLogin(bank, 'bob@example.com', PASSWORD, { device_id })), 'ACCOUNT_LOCKED')
  })

  test('a second factor on a known device is completed through the lock of the address', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const device_id = 'own-laptop'
    const { recovery_codes } = await enrol(bank, await callerOf(bank, await signIn(bank, email, { device_id })))
    const { reply } = await tryLogin(bank, email, PASSWORD, { device_id })
    const elsewhere = (await tryLogin(bank, email, PASSWORD)).reply
    await times(5, () => refusalOf(tryLogin(bank, email, OTHER_PASSWORD)))
    const complete = (challenge_id: string | undefined) => {
      const body = { challenge_id: challenge_id as string, code: recovery_codes[0] as string }
      return bank.call(api.verifyFactor, { body }, anonymous)
    }
    assert.equal(await refusalOf(complete(elsewhere.challenge_id)), 'CHALLENGE_GONE')
    assert.ok((await complete(reply.challenge_id)).reply.access_token)
  })

  test('parallel guesses from a known device are counted one by one too', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const device_id = 'own-laptop'
    await signIn(bank, email, { device_id })
    const guesses = Array.from({ length: 12 }, (_, i) =>
      refusalOf(tryLogin(bank, email, OTHER_PASSWORD, i < 6 ? { device_id } : {})),
    )
    const heard = await Promise.all(guesses)
    const wrong = (some: string[]) => some.filter((one) => one === 'CREDENTIALS_WRONG').length
    assert.deepEqual([wrong(heard.slice(0, 6)), wrong(heard.slice(6))], [5, 5])
  })

  test('parallel guesses are counted one by one: a right one after the fifth wrong is refused', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const guesses = Array.from({ length: 12 }, () => refusalOf(tryLogin(bank, email, OTHER_PASSWORD)))
    const heard = await Promise.all(guesses)
    assert.equal(heard.filter((one) => one === 'CREDENTIALS_WRONG').length, 5)
    assert.equal(heard.filter((one) => one === 'ACCOUNT_LOCKED').length, 7)
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
  })

  test('before the address is proved only the right password hears so, and gets a new code', async (t) => {
    const bank = await openIdentity(t)
    await register(bank, email)
    await codeTo(bank, email)
    assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'NOT_VERIFIED')
    const code = await codeTo(bank, email, 2)
    await bank.call(api.verifyUser, { body: { email, code } }, anonymous)
    await signIn(bank)
  })

  test('one network source may fail so often, whichever addresses it tries', async (t) => {
    const bank = await openIdentity(t, { env: { BANKFLOW_LOGIN_FAILURES_PER_SOURCE: '5' } })
    await aUser(bank)
    for (let i = 0; i < 5; i++) {
      const guess = tryLogin(bank, `user${i}@example.com`, OTHER_PASSWORD, { ip_hash: 'botnet' })
      assert.equal(await refusalOf(guess), 'CREDENTIALS_WRONG')
    }
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, { ip_hash: 'botnet' })), 'TOO_BUSY')
    assert.equal((await tryLogin(bank, email, PASSWORD, { ip_hash: 'home' })).reply.status, 'SIGNED_IN')
    bank.clock.advance(900_001)
    assert.equal((await tryLogin(bank, email, PASSWORD, { ip_hash: 'botnet' })).reply.status, 'SIGNED_IN')
  })

  test('with an authenticator a right password opens a challenge and no session', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await enrol(bank, await callerOf(bank, await signIn(bank)))
    const { reply } = await tryLogin(bank, email, PASSWORD)
    assert.deepEqual(
      [reply.status, reply.factors, reply.tokens],
      ['MFA_REQUIRED', ['TOTP', 'RECOVERY_CODE'], undefined],
    )
    assert.ok(reply.challenge_id && reply.expires_at)
    assert.equal((await bank.published(userLoggedIn)).length, 1)
  })

  test('in production staff are let in by no password, with or without a second factor; customers are', async (t) => {
    const bank = await openIdentity(t, { profile: 'production' })
    await register(bank, email)
    await bank.owner`update users set is_verified = true, roles = '{teller}'`
    assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'PASSKEY_REQUIRED')
    await bank.owner`update users set mfa_enabled = true`
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'PASSKEY_REQUIRED')
    await bank.owner`update users set mfa_enabled = false, roles = '{customer}', customer_id = ${newId()}`
    await signIn(bank)
  })

  test('a disabled user looks like a wrong password', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await bank.owner`update users set is_active = false`
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'CREDENTIALS_WRONG')
  })
})
