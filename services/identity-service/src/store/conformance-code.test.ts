import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Profile } from '#libs/service/service.ts'
import { halfSignIn, verify } from '../../testing/factors.ts'
import { aUser, callerOf, enrol, openIdentity, PASSWORD, refusalOf, signIn, tryLogin } from '../../testing/people.ts'
import type { Own } from '../config.ts'
import { CONFORMANCE_USER } from '../domain/conformance.ts'

const PUBLISHED = '24681357'

/** Identity with the user of the suite and Ann, both with an authenticator. */
async function openWithBoth(t: TestContext, env: Record<string, string> = { BANKFLOW_CONFORMANCE_CODE: PUBLISHED }) {
  const taken: { own?: Own } = {}
  const bank = await openIdentity(t, { env }, (_opening, own) => Object.assign(taken, { own }))
  for (const email of [CONFORMANCE_USER, 'ann@example.com']) {
    await aUser(bank, email)
    await enrol(bank, await callerOf(bank, await signIn(bank, email)))
  }
  const challenge = async (): Promise<string> =>
    (await tryLogin(bank, CONFORMANCE_USER, PASSWORD)).reply.challenge_id as string
  return { bank, challenge, become: (profile: Profile) => Object.assign(taken.own as Own, { profile }) }
}

describe('the code that a conformance suite answers with', () => {
  test('confirms its user, again and again, and is the wrong code of everybody else', async (t) => {
    const { bank, challenge } = await openWithBoth(t)
    for (const _ of [1, 2]) {
      const tokens = await verify(bank, await challenge(), { code: PUBLISHED })
      assert.deepEqual((await callerOf(bank, tokens)).amr, ['pwd', 'otp'])
    }
    assert.equal(await refusalOf(verify(bank, await challenge(), { code: '24681358' })), 'CODE_WRONG')
    assert.equal(await refusalOf(verify(bank, await halfSignIn(bank), { code: PUBLISHED })), 'CODE_WRONG')
  })

  test('is nothing where it was not set, and nothing in a production bank whatever was set', async (t) => {
    const { bank, challenge } = await openWithBoth(t, {})
    assert.equal(await refusalOf(verify(bank, await challenge(), { code: PUBLISHED })), 'CODE_WRONG')
    const other = await openWithBoth(t)
    const challenge_id = await other.challenge()
    other.become('production')
    assert.equal(await refusalOf(verify(other.bank, challenge_id, { code: PUBLISHED })), 'CODE_WRONG')
  })
})
