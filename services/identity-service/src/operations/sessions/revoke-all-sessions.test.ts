import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import {
  aUser,
  browserOf,
  callerOf,
  changesBy,
  cookieOf,
  openIdentity,
  refusalOf,
  signIn,
  tryWeb,
  verifierOf,
} from '../../../testing/people.ts'

describe('revokeAllSessions', () => {
  test('ends every other session of the user, browsers too, and leaves this one and other people’s alone', async (t) => {
    const bank = await openIdentity(t)
    const { user_id } = await aUser(bank)
    await aUser(bank, 'bob@example.com')
    const app = await signIn(bank)
    const bob = await signIn(bank, 'bob@example.com')
    const here = await browserOf(bank, cookieOf(await tryWeb(bank)))
    assert.deepEqual((await bank.call(api.revokeAllSessions, {}, here)).reply, { revoked: 1 })
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: app.session_id, user_id }])
    const { items } = (await bank.call(api.listSessions, {}, here)).reply
    assert.deepEqual(
      items.map((item) => item.session_id),
      [here.session_id],
    )
    const verifier = verifierOf(bank)
    await verifier.refresh()
    await assert.rejects(verifier.verify(app.access_token), { name: 'Problem' })
    await verifier.verify(bob.access_token)
    assert.deepEqual((await bank.call(api.revokeAllSessions, {}, await callerOf(bank, bob))).reply, { revoked: 0 })
    assert.equal((await changesBy(bank, 'revokeAllSessions')).length, 2)
    assert.equal(await refusalOf(bank.call(api.revokeAllSessions, {}, anonymous)), 'UNAUTHENTICATED')
  })
})
