import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as api from '#contracts/api/identity.ts'
import { anonymous } from '#libs/contract/client.ts'
import { aCustomer } from '#libs/testing/callers.ts'
import { aUser, callerOf, openIdentity, refusalOf, signIn } from '../../../testing/people.ts'

describe('getMyself', () => {
  test('shows the signed-in user, and nobody without a token or whose user is gone', async (t) => {
    const bank = await openIdentity(t)
    const user = await aUser(bank)
    const { reply } = await bank.call(api.getMyself, {}, await callerOf(bank, await signIn(bank)))
    assert.deepEqual(reply, user)
    assert.equal(await refusalOf(bank.call(api.getMyself, {}, anonymous)), 'UNAUTHENTICATED')
    assert.equal(await refusalOf(bank.call(api.getMyself, {}, aCustomer())), 'USER_NOT_FOUND')
  })

  test('a third party that was allowed a name learns no address, roles or factors by it', async (t) => {
    const bank = await openIdentity(t)
    await aUser(bank)
    const caller = await callerOf(bank, await signIn(bank))
    const grant = { kind: 'third_party' as const, scopes: ['openid', 'profile'], consent_id: null, details: [] }
    assert.equal(await refusalOf(bank.call(api.getMyself, {}, { ...caller, grant })), 'FORBIDDEN')
  })
})
