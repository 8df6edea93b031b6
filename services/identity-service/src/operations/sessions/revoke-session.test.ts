import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

describe('revokeSession', () => {
  test('ends one’s own session once; somebody else’s looks like none and stands', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    await aUser(bank, 'bob@example.com')
    const stolen = await signIn(bank)
    const caller = await callerOf(bank, await signIn(bank))
    const bob = await callerOf(bank, await signIn(bank, 'bob@example.com'))
    const revoke = (session_id: string, by = caller) => bank.call(api.revokeSession, { params: { session_id } }, by)
    assert.equal(await refusalOf(revoke(stolen.session_id, bob)), 'SESSION_NOT_FOUND')
    assert.equal((await revoke(stolen.session_id)).status, 204)
    assert.equal(await refusalOf(revoke(stolen.session_id)), 'SESSION_NOT_FOUND')
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: stolen.session_id, user_id: caller.sub }])
    const active = await bank.owner`select session_id from sessions where status = 'ACTIVE'`
    assert.deepEqual(active.map((row) => row.session_id).toSorted(), [caller.session_id, bob.session_id].toSorted())
  })
})
