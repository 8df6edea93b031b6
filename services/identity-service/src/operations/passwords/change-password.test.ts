import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { changePassword } from '#contracts/api/identity-sign-in.ts'
import { passwordChanged, sessionRevoked } from '#contracts/events/identity.ts'
import { anonymous, type Caller } from '#libs/contract/client.ts'
import {
  aUser,
  callerOf,
  codeTo,
  OTHER_PASSWORD,
  openIdentity,
  PASSWORD,
  refusalOf,
  signIn,
  trailOf,
  tryLogin,
} from '../../../testing/people.ts'

const email = 'ann@example.com'
const device_id = 'own-laptop'

async function signedIn(t: TestContext) {
  const bank = await openIdentity(t)
  const user = await aUser(bank)
  const tokens = await signIn(bank, email, { device_id })
  const caller = await callerOf(bank, tokens)
  const change = (current_password = PASSWORD, new_password = OTHER_PASSWORD, by: Caller = caller) =>
    bank.call(changePassword, { body: { current_password, new_password } }, by)
  return { bank, user, tokens, caller, change }
}

describe('changePassword', () => {
  test('sets it by the present one; every other session ends with its refresh tokens, the own one goes on', async (t) => {
    const { bank, user, tokens, change } = await signedIn(t)
    const others = [await signIn(bank), await signIn(bank, email, { device_id: 'phone-12' })]
    assert.deepEqual((await change()).reply, { ended_sessions: 2 })
    const ended = (await bank.published(sessionRevoked)).map((event) => event.session_id)
    assert.deepEqual(ended.toSorted(), others.map((one) => one.session_id).toSorted())
    assert.deepEqual(await bank.published(passwordChanged), [{ user_id: user.user_id }])
    for (const { refresh_token } of others)
      assert.equal(
        await refusalOf(bank.call(api.refreshTokens, { body: { refresh_token } }, anonymous)),
        'REFRESH_TOKEN_WRONG',
      )
    const { refresh_token } = tokens
    await bank.call(api.refreshTokens, { body: { refresh_token, device_id } }, anonymous)
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'CREDENTIALS_WRONG')
    await signIn(bank, email, { password: OTHER_PASSWORD })
    const [line] = await trailOf(bank, 'changePassword')
    assert.deepEqual([line?.user_id, line?.outcome], [user.user_id, 'done'])
  })

  test('ends what was half finished, and a mailed code for another password', async (t) => {
    const { bank, user, change } = await signedIn(t)
    await bank.call(api.forgotPassword, { body: { email } }, anonymous)
    const code = await codeTo(bank, email, 2)
    await bank.owner`
      insert into challenges (challenge_id, user_id, purpose, amr, created_at, expires_at)
      values (gen_random_uuid(), ${user.user_id}, 'LOGIN', '{pwd}', now(), now() + interval '5 minutes')`
    await change()
    assert.equal((await bank.owner`select 1 from challenges`).length, 0)
    const body = { email, code, password: 'a third password, longer' }
    assert.equal(await refusalOf(bank.call(api.resetPassword, { body }, anonymous)), 'CODE_WRONG')
  })

  test('its own device stays known, the others have to be known anew', async (t) => {
    const { bank, change } = await signedIn(t)
    await signIn(bank, email, { device_id: 'phone-12' })
    await change()
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, email, 'a guess of somebody'))
    assert.equal(
      await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { device_id: 'phone-12' })),
      'ACCOUNT_LOCKED',
      'a device that is not known shares the lock of the address',
    )
    await signIn(bank, email, { device_id, password: OTHER_PASSWORD })
  })

  test('a stolen session that guesses the present password is locked out like a sign-in, and nothing changed', async (t) => {
    const { bank, change } = await signedIn(t)
    for (let i = 0; i < 5; i++) assert.equal(await refusalOf(change('a guess of a thief')), 'CREDENTIALS_WRONG')
    assert.equal(await refusalOf(change()), 'ACCOUNT_LOCKED')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD, { device_id })), 'ACCOUNT_LOCKED')
    await signIn(bank, email)
    bank.clock.advance(60_001)
    await change()
  })

  test('refuses a weak one, a breached one, and the same again, with a pointer to it', async (t) => {
    const { change } = await signedIn(t)
    for (const weak of ['password1234', 'liverpool2024', email]) {
      const refused = await change(PASSWORD, weak).catch((error) => error)
      assert.equal(refused.kind.code, 'PASSWORD_TOO_WEAK', weak)
      assert.equal(refused.options.errors[0].pointer, '/new_password')
    }
    assert.equal(await refusalOf(change(PASSWORD, PASSWORD)), 'PASSWORD_UNCHANGED')
  })

  test('of four changes at once one wins, and the others hear that their present password is wrong', async (t) => {
    const { bank, change } = await signedIn(t)
    const wished = Array.from({ length: 4 }, (_, i) => `parallel password ${i}`)
    const results = await Promise.allSettled(wished.map((one) => change(PASSWORD, one)))
    const won = results.flatMap((one, i) => (one.status === 'fulfilled' ? [wished[i] as string] : []))
    assert.equal(won.length, 1)
    await signIn(bank, email, { password: won[0] as string })
  })

  test('is not for a caller without a session', async (t) => {
    const { change } = await signedIn(t)
    assert.equal(await refusalOf(change(PASSWORD, OTHER_PASSWORD, anonymous)), 'UNAUTHENTICATED')
  })
})
