import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as factors from '#contracts/api/identity-factors.ts'
import { anonymous } from '#libs/contract/client.ts'
import { enrolPasskey, openWithAnn, passkeyCeremony } from '../../../testing/factors.ts'
import { browserOf, cookieOf, refusalOf } from '../../../testing/people.ts'

describe('signInWebByPasskey', () => {
  test('opens a browser’s session: the secret is in the cookie, no token is told', async (t) => {
    const { bank, user, caller } = await openWithAnn(t)
    const { authenticator } = await enrolPasskey(bank, caller, { syncs: true })
    const { ceremony_id, options } = await passkeyCeremony(bank)
    const body = { ceremony_id, passkey: authenticator.get(options) }
    const answer = await bank.call(factors.signInWebByPasskey, { body }, anonymous)
    assert.equal(answer.reply.user?.user_id, user.user_id)
    assert.doesNotMatch(JSON.stringify(answer.reply), /token/)
    const browser = await browserOf(bank, cookieOf(answer))
    assert.deepEqual([browser.amr, browser.acr], [['swk', 'user'], '2'])
    const again = bank.call(factors.signInWebByPasskey, { body }, anonymous)
    assert.equal(await refusalOf(again), 'CEREMONY_GONE')
  })
})
