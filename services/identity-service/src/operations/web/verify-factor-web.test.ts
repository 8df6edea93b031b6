import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { userLockedOut } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  browserOf,
  callerOf,
  cookieOf,
  enrol,
  openIdentity,
  otherThan,
  refusalOf,
  signIn,
  tryWeb,
} from '../../../testing/people.ts'
import { totpCode } from '../../totp.ts'

describe('verifyFactorWeb', () => {
  test('only the second factor brings the cookie, and the session knows of both', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const { secret } = await enrol(bank, await callerOf(bank, await signIn(bank)))
    const half = await tryWeb(bank)
    assert.deepEqual([half.reply.status, half.reply.user, half.headers], ['MFA_REQUIRED', undefined, {}])
    bank.clock.advance(30_000)
    const body = { challenge_id: half.reply.challenge_id as string, code: totpCode(secret, bank.clock.wall.now()) }
    const whole = await bank.call(api.verifyFactorWeb, { body }, anonymous)
    assert.equal(whole.reply.status, 'SIGNED_IN')
    assert.deepEqual((await browserOf(bank, cookieOf(whole))).amr, ['pwd', 'otp'])
    assert.equal(await refusalOf(bank.call(api.verifyFactorWeb, { body }, anonymous)), 'CHALLENGE_GONE')
  })

  test('wrong codes count as everywhere; the lock that they lead to is told, and ends the challenge', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    const { secret } = await enrol(bank, await callerOf(bank, await signIn(bank)))
    bank.clock.advance(30_000)
    const code = totpCode(secret, bank.clock.wall.now())
    const challenge_id = (await tryWeb(bank)).reply.challenge_id as string
    const verify = (one: string) => bank.call(api.verifyFactorWeb, { body: { challenge_id, code: one } }, anonymous)
    for (let i = 0; i < 5; i++) assert.equal(await refusalOf(verify(otherThan(code))), 'CODE_WRONG')
    assert.equal(await refusalOf(verify(code)), 'CHALLENGE_GONE')
    assert.equal(await refusalOf(tryWeb(bank)), 'ACCOUNT_LOCKED')
    assert.deepEqual(
      (await bank.published(userLockedOut)).map((told) => told.user_id),
      [user_id],
    )
  })
})
