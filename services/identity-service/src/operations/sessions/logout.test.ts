import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { sessionRevoked } from '#contracts/events/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn, verifierOf } from '../../../testing/people.ts'

describe('logout', () => {
  test('ends the session for access and refresh alike, leaves others, and twice is the same as once', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const [mine, other] = [await signIn(bank), await signIn(bank)]
    const caller = await callerOf(bank, mine)
    const { status } = await bank.call(api.logout, {}, caller)
    assert.equal(status, 204)
    await bank.call(api.logout, {}, caller)
    assert.deepEqual(await bank.published(sessionRevoked), [{ session_id: mine.session_id, user_id: user.user_id }])
    const verifier = verifierOf(bank)
    await verifier.refresh()
    await assert.rejects(verifier.verify(mine.access_token), { name: 'Problem' })
    assert.equal((await verifier.verify(other.access_token)).session_id, other.session_id)
    const refresh = bank.call(api.refreshTokens, { body: { refresh_token: mine.refresh_token } }, anonymous)
    assert.equal(await refusalOf(refresh), 'REFRESH_TOKEN_WRONG')
    assert.equal(await refusalOf(bank.call(api.logout, {}, anonymous)), 'UNAUTHENTICATED')
  })
})
