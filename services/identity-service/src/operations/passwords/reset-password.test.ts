import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { passwordChanged, sessionRevoked } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  callerOf,
  codeTo,
  enrol,
  OTHER_PASSWORD,
  openIdentity,
  otherThan,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'

const email = 'ann@example.com'

async function withCode(t: TestContext) {
  const bank = await openIdentity(t)
  const user = await aUser(bank)
  const forgot = () => bank.call(api.forgotPassword, { body: { email } }, anonymous)
  await forgot()
  const code = await codeTo(bank, email, 2)
  const reset = (one: string, password = OTHER_PASSWORD, to = email) =>
    bank.call(api.resetPassword, { body: { email: to, code: one, password } }, anonymous)
  return { bank, user, code, reset, forgot }
}

describe('resetPassword', () => {
  test('sets the password by the code once, ends every session and lifts a lock', async (t) => {
    const { bank, user, code, reset } = await withCode(t)
    const sessions = [await signIn(bank), await signIn(bank)]
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, email, 'not the password'))
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
    assert.deepEqual((await reset(code)).reply, { status: 'ACCEPTED' })
    assert.deepEqual(await bank.published(passwordChanged), [{ user_id: user.user_id }])
    const ended = (await bank.published(sessionRevoked)).map((event) => event.session_id)
    assert.deepEqual(ended.toSorted(), sessions.map((one) => one.session_id).toSorted())
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'CREDENTIALS_WRONG')
    await signIn(bank, email, { password: OTHER_PASSWORD })
    assert.equal(await refusalOf(reset(code, 'a third password')), 'CODE_WRONG')
  })

  test('five wrong codes void it; an unknown address hears the same', async (t) => {
    const { code, reset } = await withCode(t)
    for (const to of [email, 'nobody@example.com']) {
      for (let i = 0; i < 5; i++) assert.equal(await refusalOf(reset(otherThan(code), undefined, to)), 'CODE_WRONG')
      assert.equal(await refusalOf(reset(code, undefined, to)), 'TOO_MANY_TRIES')
    }
  })

  test('after a hundred wrong codes within 30 days no code is right, in the same words, known address or not', async (t) => {
    const { bank, reset, forgot } = await withCode(t)
    const wrong = '1'.repeat(8)
    const renew = () => bank.owner`update address_attempts set failures = 0`
    for (const to of [email, 'nobody@example.com']) {
      await reset(wrong, undefined, to).catch(() => {})
      await bank.owner`update code_failures set failures = 99 where failures = 1`
      await renew()
      assert.equal(await refusalOf(reset(wrong, undefined, to)), 'CODE_WRONG')
    }
    bank.clock.advance(29 * 86_400_000)
    await forgot()
    await renew()
    const code = await codeTo(bank, email, 3)
    for (const to of [email, 'nobody@example.com']) {
      const heard: string[] = []
      for (let i = 0; i < 6; i++) heard.push(await refusalOf(reset(code, undefined, to)))
      assert.deepEqual(heard, [...Array(5).fill('CODE_WRONG'), 'TOO_MANY_TRIES'], to)
    }
    bank.clock.advance(86_400_001)
    await forgot()
    assert.equal((await reset(await codeTo(bank, email, 4))).status, 200)
  })

  test('wrong codes count for their network source, together with failed sign-ins', async (t) => {
    const bank = await openIdentity(t, { env: { BANKFLOW_LOGIN_FAILURES_PER_SOURCE: '5' } })
    await aUser(bank)
    const from = (ip_hash: string, i: number) => {
      const body = { email: `user${i}@example.com`, code: '11111111', password: OTHER_PASSWORD }
      return refusalOf(bank.call(api.resetPassword, { body }, { ...anonymous, ip_hash }))
    }
    for (let i = 0; i < 4; i++) assert.equal(await from('botnet', i), 'CODE_WRONG')
    assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { ip_hash: 'botnet' })), 'CREDENTIALS_WRONG')
    assert.equal(await from('botnet', 5), 'TOO_BUSY')
    assert.equal(await from('home', 6), 'CODE_WRONG')
    const body = { email, code: '11111111' }
    assert.equal(await refusalOf(bank.call(api.verifyUser, { body }, { ...anonymous, ip_hash: 'botnet' })), 'TOO_BUSY')
  })

  test('a new password forgets the known devices: a lock holds for them again', async (t) => {
    const { bank, code, reset } = await withCode(t)
    const device_id = 'own-laptop'
    await signIn(bank, email, { device_id })
    await reset(code)
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, email, 'not the password'))
    assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD, { device_id })), 'ACCOUNT_LOCKED')
  })

  test('a code that proves an address does not reset, an old code neither, and an expired one neither', async (t) => {
    const { bank, code, reset, forgot } = await withCode(t)
    await forgot()
    const fresh = await codeTo(bank, email, 3)
    if (fresh !== code) assert.equal(await refusalOf(reset(code)), 'CODE_WRONG')
    const proof = await bank.owner`select 1 from one_time_codes where purpose = 'VERIFY' and consumed_at is null`
    assert.equal(proof.length, 0)
    const asProof = bank.call(api.verifyUser, { body: { email, code: fresh } }, anonymous)
    assert.equal(await refusalOf(asProof), 'CODE_WRONG')
    bank.clock.advance(900_001)
    assert.equal(await refusalOf(reset(fresh)), 'CODE_WRONG')
  })

  test('a weak password is refused and uses up neither the code nor a try', async (t) => {
    const { bank, code, reset } = await withCode(t)
    assert.equal(await refusalOf(reset(code, 'passwordpassword')), 'PASSWORD_TOO_WEAK')
    await reset(code)
    await signIn(bank, email, { password: OTHER_PASSWORD })
  })

  test('a second factor outlives a new password, a challenge does not', async (t) => {
    const { bank, code, reset } = await withCode(t)
    await enrol(bank, await callerOf(bank, await signIn(bank)))
    const { challenge_id } = (await tryLogin(bank, email, PASSWORD)).reply
    await reset(code)
    const body = { challenge_id: challenge_id as string, code: '123456' }
    assert.equal(await refusalOf(bank.call(api.verifyFactor, { body }, anonymous)), 'CHALLENGE_GONE')
    assert.equal((await tryLogin(bank, email, OTHER_PASSWORD)).reply.status, 'MFA_REQUIRED')
  })
})
