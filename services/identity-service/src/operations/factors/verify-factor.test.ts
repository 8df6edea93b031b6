import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userLoggedIn, userLoginFailed } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { newId } from '#libs/ids/ids.ts'
import {
  aUser,
  callerOf,
  enrol,
  OTHER_PASSWORD,
  openIdentity,
  otherThan,
  PASSWORD,
  refusalOf,
  signIn,
  tryLogin,
} from '../../../testing/people.ts'
import { totpCode } from '../../totp.ts'

const email = 'ann@example.com'

async function withAuthenticator(t: TestContext) {
  const bank = await openIdentity(t)
  const user = await aUser(bank)
  const factor = await enrol(bank, await callerOf(bank, await signIn(bank)))
  const challenge = async (device_id?: string): Promise<string> => {
    const extra = device_id === undefined ? {} : { device_id }
    return (await tryLogin(bank, email, PASSWORD, extra)).reply.challenge_id as string
  }
  const verify = async (challenge_id: string, code: string) =>
    (await bank.call(api.verifyFactor, { body: { challenge_id, code } }, anonymous)).reply
  /** A code of a step that was not used yet. */
  const freshCode = (): string => {
    bank.clock.advance(30_000)
    return totpCode(factor.secret, bank.clock.wall.now())
  }
  return { bank, user, factor, challenge, verify, freshCode }
}

describe('verifyFactor', () => {
  test('completes a sign-in with two factors in the token and the event, and ends the challenge', async (t) => {
    const { bank, user, challenge, verify, freshCode } = await withAuthenticator(t)
    const challenge_id = await challenge('laptop-1')
    const tokens = await verify(challenge_id, freshCode())
    const caller = await callerOf(bank, tokens)
    assert.deepEqual([caller.sub, caller.amr, caller.device_id], [user.user_id, ['pwd', 'otp'], 'laptop-1'])
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] as string, 'base64url').toString())
    assert.equal(claims.acr, '2')
    assert.equal((await bank.published(userLoggedIn)).at(-1)?.auth_method, 'pwd+otp')
    assert.equal(await refusalOf(verify(challenge_id, freshCode())), 'CHALLENGE_GONE')
  })

  test('a code works once, also on three challenges at once', async (t) => {
    const { challenge, verify, freshCode } = await withAuthenticator(t)
    const challenges = [await challenge(), await challenge(), await challenge()]
    const code = freshCode()
    const results = await Promise.allSettled(challenges.map((challenge_id) => verify(challenge_id, code)))
    assert.equal(results.filter((one) => one.status === 'fulfilled').length, 1)
  })

  test('a recovery code signs in once and is used up', async (t) => {
    const { bank, factor, challenge, verify } = await withAuthenticator(t)
    const code = factor.recovery_codes[3] as string
    const tokens = await verify(await challenge(), code)
    assert.equal(await refusalOf(verify(await challenge(), code)), 'CODE_WRONG')
    const { reply } = await bank.call(api.listFactors, {}, await callerOf(bank, tokens))
    assert.equal(reply.recovery_codes_left, 9)
  })

  test('wrong codes count with wrong passwords, and the lock ends the half-finished sign-in', async (t) => {
    const { bank, user, challenge, verify, freshCode } = await withAuthenticator(t)
    const challenge_id = await challenge()
    for (let i = 0; i < 2; i++)
      assert.equal(await refusalOf(tryLogin(bank, email, OTHER_PASSWORD)), 'CREDENTIALS_WRONG')
    const code = freshCode()
    for (let i = 0; i < 3; i++) assert.equal(await refusalOf(verify(challenge_id, otherThan(code))), 'CODE_WRONG')
    assert.equal(await refusalOf(verify(challenge_id, code)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(tryLogin(bank, email, PASSWORD)), 'ACCOUNT_LOCKED')
    const failed = await bank.published(userLoginFailed)
    assert.deepEqual(
      failed.map(({ failed_attempts }) => failed_attempts),
      [1, 2, 3, 4, 5],
    )
    const wrong = { user_id: user.user_id, reason: 'SECOND_FACTOR_WRONG', ip_hash: null, failed_attempts: 5 }
    assert.deepEqual(failed.at(-1), wrong)
  })

  test('wrong passwords that lock also end a challenge that stood', async (t) => {
    const { bank, challenge, verify, freshCode } = await withAuthenticator(t)
    const challenge_id = await challenge()
    for (let i = 0; i < 5; i++) await refusalOf(tryLogin(bank, email, OTHER_PASSWORD))
    assert.equal(await refusalOf(verify(challenge_id, freshCode())), 'CHALLENGE_GONE')
  })

  test('a right password does not forget the failures; only the whole sign-in does', async (t) => {
    const { bank, challenge, verify, freshCode } = await withAuthenticator(t)
    const code = freshCode()
    for (let i = 0; i < 4; i++) assert.equal(await refusalOf(verify(await challenge(), otherThan(code))), 'CODE_WRONG')
    const [counted] = await bank.owner`select failed_login_attempts as n from users`
    assert.equal(counted?.n, 4)
    await verify(await challenge(), code)
    const [cleared] = await bank.owner`select failed_login_attempts as n from users`
    assert.equal(cleared?.n, 0)
  })

  test('a challenge is gone after five minutes, and one that never was is gone too', async (t) => {
    const { bank, challenge, verify, freshCode } = await withAuthenticator(t)
    const challenge_id = await challenge()
    bank.clock.advance(300_001)
    assert.equal(await refusalOf(verify(challenge_id, freshCode())), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(verify(newId(), freshCode())), 'CHALLENGE_GONE')
  })
})
