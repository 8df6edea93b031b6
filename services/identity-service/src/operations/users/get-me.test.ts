import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

describe('getMe', () => {
  test('shows the signed-in user in the clear, and nobody without a token', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    assert.deepEqual((await bank.call(api.getMe, {}, caller)).reply, user)
    assert.equal(await refusalOf(bank.call(api.getMe, {}, anonymous)), 'UNAUTHENTICATED')
    assert.equal(await refusalOf(bank.call(api.getMe, {}, aCustomer())), 'USER_NOT_FOUND')
  })
})
